// Does kafkajs get through the proxy? It produces good records and a bad one, and reads them in a group.
//
//     node main.js BOOTSTRAP TOPIC GROUP < records
//
// Standard input has a record in base64 on each line, of which the last one is bad. Standard output tells in JSON what became of
// them.
'use strict';

const { readFileSync } = require('node:fs');
const { Kafka, Partitioners, logLevel } = require('kafkajs');

const PATIENCE = 60_000;

async function main([bootstrap, topic, group]) {
  const values = readFileSync(0, 'utf8').split('\n').filter(Boolean).map((line) => Buffer.from(line, 'base64'));
  const kafka = new Kafka({ clientId: 'kafkajs', brokers: [bootstrap], logLevel: logLevel.ERROR });
  const outcome = { acknowledged: 0, refusal: '', read: [] };
  const bad = values.pop();

  const producer = kafka.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  for (const value of values) {
    await producer.send({ topic, acks: -1, messages: [{ value }] });
    outcome.acknowledged += 1;
  }
  try {
    await producer.send({ topic, acks: -1, messages: [{ value: bad }] });
  } catch (error) {
    outcome.refusal = [error.type, error.message].filter(Boolean).join(': ');
  }
  await producer.disconnect();

  const consumer = kafka.consumer({ groupId: group });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise((resolve, reject) => {
    const patience = setTimeout(() => reject(new Error(`only ${outcome.read.length} records were read`)), PATIENCE);
    consumer.run({
      eachMessage: async ({ message }) => {
        outcome.read.push(message.value.toString('base64'));
        if (outcome.read.length === values.length) {
          clearTimeout(patience);
          resolve();
        }
      },
    });
  });
  // Its offsets are committed when it goes.
  await consumer.disconnect();
  console.log(JSON.stringify(outcome));
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
