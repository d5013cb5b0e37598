// The same decision table and inputs in GoRules Zen and in json-rules-engine: node compare.mjs TABLE.json
// TABLE.json: {columns: [{field, type}], rules: [{cells: [test ...], number}], inputs: [[value ...] ...], answers: [...]}
// where a test is null (any) or {any: [...]}, {none: [...]}, {low, high, low_open, high_open}; an answer is the number of
// the first rule that matches. Prints, for each engine, the median nanoseconds and how many answers differ.
import fs from 'node:fs'
import { performance } from 'node:perf_hooks'
import { ZenEngine } from '@gorules/zen-engine'
import jsonRules from 'json-rules-engine'

const table = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'))
const facts = table.inputs.map(values => Object.fromEntries(table.columns.map((column, i) => [column.field, values[i]])))
const literal = value => (typeof value === 'string' ? `"${value}"` : String(value))

function zenCell (test) {
  if (test === null) return ''
  if (test.any) return test.any.map(value => `$ == ${literal(value)}`).join(' or ')
  if (test.none) return test.none.map(value => `$ != ${literal(value)}`).join(' and ')
  const ends = ['$ != null']
  if (test.low !== undefined) ends.push(`$ ${test.low_open ? '>' : '>='} ${test.low}`)
  if (test.high !== undefined) ends.push(`$ ${test.high_open ? '<' : '<='} ${test.high}`)
  return ends.join(' and ')
}

function zenModel () {
  const inputs = table.columns.map((column, i) => ({ id: `i${i}`, name: column.field, field: column.field }))
  const rules = table.rules.map(rule => ({
    _id: `r${rule.number}`,
    ...Object.fromEntries(rule.cells.map((cell, i) => [`i${i}`, zenCell(cell)])),
    out: String(rule.number)
  }))
  return {
    nodes: [
      { id: 'in', name: 'in', type: 'inputNode', position: { x: 0, y: 0 } },
      {
        id: 'table',
        name: 'table',
        type: 'decisionTableNode',
        position: { x: 1, y: 0 },
        content: { hitPolicy: 'first', inputs, outputs: [{ id: 'out', name: 'rule', field: 'rule' }], rules }
      },
      { id: 'out', name: 'out', type: 'outputNode', position: { x: 2, y: 0 } }
    ],
    edges: [
      { id: 'a', type: 'edge', sourceId: 'in', targetId: 'table' },
      { id: 'b', type: 'edge', sourceId: 'table', targetId: 'out' }
    ]
  }
}

function conditions (column, test) {
  const fact = column.field
  if (test === null) return []
  if (test.any) return [{ fact, operator: 'in', value: test.any }]
  if (test.none) return [{ fact, operator: 'notIn', value: test.none }]
  const found = []
  if (test.low !== undefined) {
    found.push({ fact, operator: test.low_open ? 'greaterThan' : 'greaterThanInclusive', value: test.low })
  }
  if (test.high !== undefined) {
    found.push({ fact, operator: test.high_open ? 'lessThan' : 'lessThanInclusive', value: test.high })
  }
  return found
}

// FIRST by priority: the rules of one number run together, and the first that succeeds ends the run.
function jsonRulesEngine () {
  const engine = new jsonRules.Engine([], { allowUndefinedFacts: true })
  table.rules.forEach((rule, index) => {
    engine.addRule({
      conditions: { all: rule.cells.flatMap((cell, i) => conditions(table.columns[i], cell)) },
      event: { type: 'hit', params: { rule: rule.number } },
      priority: table.rules.length - index,
      onSuccess: () => engine.stop()
    })
  })
  return engine
}

async function measure (name, inputs, decide) {
  const times = []
  let different = 0
  for (let i = 0; i < Math.min(200, inputs.length); i++) await decide(inputs[i])
  for (let i = 0; i < inputs.length; i++) {
    const start = performance.now()
    const answer = await decide(inputs[i])
    times.push((performance.now() - start) * 1e6)
    if (answer !== table.answers[i]) different++
  }
  times.sort((a, b) => a - b)
  return { name, count: inputs.length, p50_ns: Math.round(times[times.length >> 1]), different }
}

const zen = new ZenEngine().createDecision(Buffer.from(JSON.stringify(zenModel())))
const engine = jsonRulesEngine()
console.log(JSON.stringify([
  await measure('GoRules Zen', facts, async input => (await zen.evaluate(input)).result.rule),
  await measure('json-rules-engine', facts.slice(0, 500), async input => {
    const { events } = await engine.run(input)
    return events.length === 0 ? 0 : events[0].params.rule
  })
]))
process.exit(0)
