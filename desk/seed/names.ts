/** Invented. Put together at random they name nobody; every address ends in .example, which RFC 2606 keeps for this. */

export const firstNames = list(`
  Adaeze, Aino, Amadou, Anouk, Aroha, Bastian, Beatriz, Bo, Camille, Chidi, Daria, Dilan, Eino, Elif, Emeka,
  Esther, Farid, Fenna, Gesine, Hana, Hugo, Ines, Isla, Jonas, Kaito, Katya, Lale, Leonie, Lucia, Mads, Maren,
  Mateo, Mei, Nadia, Nils, Noor, Olu, Oskar, Paloma, Priya, Quentin, Rania, Ronan, Saoirse, Selma, Tariq, Thea,
  Tomás, Ume, Viktor, Wanja, Yara, Yusuf, Zofia
`)

export const lastNames = list(`
  Abernot, Achterveld, Adeyanju, Ahlgrove, Balcerak, Birkenholt, Bonnefeld, Calderwick, Castellmar, Dahlquen,
  Devrimoglu, Ekholt, Fairweald, Fjordholm, Garrowby, Grünewick, Hallowmere, Hashimura, Iversholm, Jankelow,
  Kaminsky-Rowe, Kestelman, Larkspire, Lindqvale, Marchetto, Moravelle, Nakamori, Nyborgsen, Obiandu,
  Ostergrave, Pellinore, Quintavale, Ravensholt, Rosquist, Sandoveld, Silvermark, Tamboura, Thistlewaite,
  Ueharu, Valdecourt, Verhoeck, Wexelblatt, Winterbourne, Yilmazer, Zielonka
`)

export const shopFirst = list(`
  Amberly, Birchwater, Copperfinch, Driftmoor, Elderquay, Fernhollow, Gullwing, Hazelmoth, Inkwell, Juniperus,
  Kettleby, Lanternfish, Mossgate, Nettlefold, Otterpike, Pebblewick, Quillmoor, Rookery, Saltmarsh, Tarnbrook,
  Umberline, Velvetoak, Wrenfield, Yarrowmill
`)

export const shopSecond = list(`
  Bicycles, Bookbinders, Candles, Ceramics, Coffee, Cutlery, Fabrics, Garden Tools, Knitwear, Lamps, Leather,
  Outdoor, Paper Goods, Soap Works, Spices, Tea, Toys, Woodcraft
`)

export const products = list(`
  rain jacket, desk lamp, tea set, wool blanket, bread knife, notebook, backpack, pepper mill, garden shears,
  bicycle bell, candle holder, coffee grinder, linen shirt, puzzle, saddle bag, mixing bowl, fountain pen,
  walking boots
`)

export const places = list(`
  Aarhus, Bilbao, Brno, Cork, Ghent, Graz, Leipzig, Lille, Malmö, Porto, Tampere, Turin, Utrecht
`)

/** The organizations that use the desk: one large, one middling, one small. */
export const houses = [
  {
    slug: 'harrowgate',
    name: 'Harrowgate Commerce Care',
    plan: 'business',
    agents: 14,
    merchants: 26,
    contacts: 420,
    conversations: 700,
    messages: 5900,
  },
  {
    slug: 'lumen-yard',
    name: 'Lumen Yard',
    plan: 'team',
    agents: 6,
    merchants: 11,
    contacts: 190,
    conversations: 380,
    messages: 3100,
  },
  {
    slug: 'two-herons',
    name: 'Two Herons',
    plan: 'starter',
    agents: 2,
    merchants: 4,
    contacts: 60,
    conversations: 120,
    messages: 1000,
  },
] as const

export type House = (typeof houses)[number]

function list(text: string): readonly string[] {
  return text.trim().split(/,\s+/)
}
