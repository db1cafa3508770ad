/** What people write to a shop about. `{order}`, `{product}`, `{place}`, `{days}` are filled in. */
export interface Topic {
  readonly subjects: readonly string[]
  readonly openings: readonly string[]
  readonly answers: readonly string[]
  readonly followUps: readonly string[]
}

export const topics: readonly Topic[] = [
  {
    subjects: ['Where is order {order}?', 'Parcel to {place} has not arrived'],
    openings: [
      'My order {order} was due {days} days ago and the tracking has not moved since {place}. Can you find out where it is?',
      'The {product} I ordered still has not come. The carrier only says "in transit". The number is {order}.',
    ],
    answers: [
      'I have opened a search with the carrier for {order}. They answer within two working days, and I will write to you either way.',
      'The parcel was sorted wrongly and is on its way back to {place}. It should reach you in about {days} days.',
    ],
    followUps: [
      'Thank you. I will be away from Friday, can it wait at a pick-up point?',
      'Still nothing today, I am afraid.',
    ],
  },
  {
    subjects: ['The {product} came broken', 'Damage in order {order}'],
    openings: [
      'The {product} arrived with a crack along one side. The box itself looked fine. Order {order}.',
      'I opened the parcel today and the {product} does not work at all. What do you need from me?',
    ],
    answers: [
      'I am sorry about that. A replacement leaves our store in {place} tomorrow, and you need not send the broken one back.',
      'Could you send a photograph of the damage and of the label? Then I can settle it with the carrier and replace the {product} at once.',
    ],
    followUps: ['The photograph is attached to my last mail.', 'Would a refund be possible instead of a new one?'],
  },
  {
    subjects: ['Return of a {product}', 'How do I send {order} back?'],
    openings: [
      'The {product} is lovely, but too large. How do I return it, and who pays for the postage?',
      'I would like to send back one of the two things in order {order}. Do I need a label?',
    ],
    answers: [
      'The label is on its way to you by mail. Drop the parcel at any post office in {place}; the postage is ours.',
      'You have {days} more days for the return. Please leave the tag on, the rest does not matter.',
    ],
    followUps: ['I sent it yesterday. When will the money be back?', 'Can I change it for the smaller size instead?'],
  },
  {
    subjects: ['Refund for {order}', 'The refund is {days} days late'],
    openings: [
      'You wrote that the refund for {order} was on its way. That was {days} days ago and my bank has seen nothing.',
      'I was charged twice for the {product}. Please pay one of them back.',
    ],
    answers: [
      'The refund for {order} left us this morning. Banks take up to three working days to show it.',
      'You are right, two payments came in. I have returned the second one in full.',
    ],
    followUps: ['It has arrived, thank you.', 'My bank asks for a reference. Is there one?'],
  },
  {
    subjects: ['Change the address of {order}', 'Moved to {place} yesterday'],
    openings: [
      'I moved to {place} and forgot to change the address of {order}. Is there still time?',
      'Can the {product} go to my office instead? There is nobody at home in the day.',
    ],
    answers: [
      'Done: {order} goes to the new address. You will see it in the next tracking mail.',
      'It had left already, but the carrier can turn it round. That takes {days} days longer, is that all right?',
    ],
    followUps: [
      'That is fine. Thank you for being so quick.',
      'Then please let it come back to you, and send it again.',
    ],
  },
  {
    subjects: ['Invoice for {order}', 'VAT number missing on the invoice'],
    openings: [
      'I need an invoice in the name of my company for {order}. The one in the parcel has only my own name.',
      'Our bookkeeper cannot use the invoice for the {product}: our VAT number is not on it.',
    ],
    answers: [
      'The corrected invoice is in your account now, under {order}.',
      'Gladly. Which name and address should it carry? I will make a new one and cancel the old.',
    ],
    followUps: ['The street is wrong, it should be the one in {place}.', 'Perfect, that is what she needed.'],
  },
  {
    subjects: ['Is the {product} coming back?', 'When can I buy the {product} again?'],
    openings: [
      'The {product} has been sold out for {days} days. Will there be more, and can I put one aside?',
      'Your page says that the {product} returns "soon". How soon is that?',
    ],
    answers: [
      'The next ones come to {place} in about {days} days. I have put you on the list, and you will get a mail first.',
      'The maker has stopped this one. The newer model does the same and fits the same parts.',
    ],
    followUps: ['Does the newer one come in green?', 'Thank you, I will wait for the mail.'],
  },
  {
    subjects: ['The code is not accepted', 'Gift card for order {order}'],
    openings: [
      'At the till the page says that my code is not valid. It came in your letter {days} days ago.',
      'I bought a gift card with {order}, and the person in {place} never got it.',
    ],
    answers: [
      'That code was for first orders. I have made you another one, it works once, for anything but spare parts.',
      'The mail with the card came back to us. I have sent it again to the address you gave now.',
    ],
    followUps: ['Now it works. Thank you!', 'It says that the code was used before, and it was not by me.'],
  },
  {
    subjects: ['Spare part for the {product}', 'Which size fits the {product}?'],
    openings: [
      'The small spring in the {product} is gone. Can I buy one by itself?',
      'Before I order: does the {product} run small? I am between two sizes.',
    ],
    answers: [
      'We keep that part. It costs very little, so I simply send it to you with our regards.',
      'Most people who ask take the larger one and are happy. If not, the exchange is free.',
    ],
    followUps: ['How kind. The address is still the one in {place}.', 'And how long is it, from end to end?'],
  },
]

export const thanks: readonly string[] = [
  'That settles it. Thank you for your help.',
  'Wonderful, thank you!',
  'All good now. Have a nice week.',
]

/** What either side says in between, whatever it is about. */
export const workings: readonly string[] = [
  'I am looking into this and will write again today.',
  'One moment, I am asking a colleague in the store.',
  'Thank you for waiting. I have an answer from the store: it is being seen to now.',
  'I have made a note of this at {order}, so you need not explain it again.',
  'Is there anything else that I can do?',
  'I have just spoken to the store in {place}. They will call you tomorrow morning.',
  'That was our mistake, and I am sorry for the trouble.',
  'I have passed this on to the person who looks after the {product}.',
  'You are quite right to ask. I will see that it is put right before the weekend.',
  'May I ask for the postcode once more? The one that I have here does not fit {place}.',
  'I will keep this open until you tell me that all is well.',
]

export const musings: readonly string[] = [
  'Thank you for the quick answer.',
  'Is there any news?',
  'I can be reached by telephone after four, if that is easier.',
  'Yes, that is the right address.',
  'I had the same trouble once before, by the way, with order {order}.',
  'No hurry from my side, I only want to know where things stand.',
  'My neighbor in {place} can take it, if nobody opens.',
  'Sorry, I wrote from my other address before. It is still about the {product}.',
  'I do not quite understand. Do I have to do anything now?',
  'That would suit me well.',
  'Please tell your colleague that it was very kind.',
  'It needs to be here in {days} days, it is a present.',
]
