import { settings, toolSteps } from './steps.ts'

/** The part of the guide that is made from the same steps as the page. */
export function toolsGuide(): string {
  const steps = toolSteps.flatMap(({ name, title, needs, says, commands, prints }) => [
    `### ${title}`,
    '',
    says,
    '',
    `\`\`\`sh ${name}`,
    commands,
    '```',
    '',
    `Takes ${needs.join(', ')}. Prints ${prints}.`,
    '',
  ])
  const given = settings('https://desk.example', 'the key that you keep')
  return ['', '```sh settings', given, '```', '', ...steps].join('\n')
}
