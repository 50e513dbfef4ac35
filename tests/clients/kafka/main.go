// Do Go's Kafka clients get through the proxy? One of them produces good records and a bad one, and reads them in a group.
//
//	kafka kgo|sarama BOOTSTRAP TOPIC GROUP < records
//
// Standard input has a record in base64 on each line, of which the last one is bad. Standard output tells in JSON what became
// of them.
package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Outcome is what is told.
type Outcome struct {
	Acknowledged int      `json:"acknowledged"`
	Refusal      string   `json:"refusal"`
	Read         []string `json:"read"`
}

const patience = 60 * time.Second

func main() {
	if len(os.Args) != 5 {
		fail(errors.New("usage: kafka kgo|sarama BOOTSTRAP TOPIC GROUP < records"))
	}
	clients := map[string]func(string, string, string, [][]byte) (Outcome, error){"kgo": franz, "sarama": ibm}
	client, known := clients[os.Args[1]]
	if !known {
		fail(fmt.Errorf("no client is called %q", os.Args[1]))
	}
	outcome, err := client(os.Args[2], os.Args[3], os.Args[4], records())
	if err != nil {
		fail(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(outcome); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func records() (values [][]byte) {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		value, err := base64.StdEncoding.DecodeString(lines.Text())
		if err != nil {
			fail(err)
		}
		values = append(values, value)
	}
	return values
}

func franz(bootstrap, topic, group string, values [][]byte) (outcome Outcome, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	client, err := kgo.NewClient(
		kgo.SeedBrokers(bootstrap),
		kgo.DefaultProduceTopic(topic),
		kgo.ConsumerGroup(group),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	)
	if err != nil {
		return outcome, err
	}
	defer client.Close()
	last := len(values) - 1
	for _, value := range values[:last] {
		if err := client.ProduceSync(ctx, &kgo.Record{Value: value}).FirstErr(); err != nil {
			return outcome, err
		}
		outcome.Acknowledged++
	}
	if err := client.ProduceSync(ctx, &kgo.Record{Value: values[last]}).FirstErr(); err != nil {
		outcome.Refusal = err.Error()
	}
	for len(outcome.Read) < last {
		fetched := client.PollFetches(ctx)
		if err := fetched.Err(); err != nil {
			return outcome, err
		}
		fetched.EachRecord(func(record *kgo.Record) {
			outcome.Read = append(outcome.Read, base64.StdEncoding.EncodeToString(record.Value))
		})
	}
	return outcome, client.CommitUncommittedOffsets(ctx)
}

func ibm(bootstrap, topic, group string, values [][]byte) (outcome Outcome, err error) {
	config := sarama.NewConfig()
	config.Version = sarama.MaxVersion
	config.Producer.Idempotent = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Return.Successes = true
	config.Net.MaxOpenRequests = 1
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	producer, err := sarama.NewSyncProducer([]string{bootstrap}, config)
	if err != nil {
		return outcome, err
	}
	defer producer.Close()
	last := len(values) - 1
	send := func(value []byte) error {
		_, _, err := producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.ByteEncoder(value)})
		return err
	}
	for _, value := range values[:last] {
		if err := send(value); err != nil {
			return outcome, err
		}
		outcome.Acknowledged++
	}
	if err := send(values[last]); err != nil {
		outcome.Refusal = err.Error()
	}
	member, err := sarama.NewConsumerGroup([]string{bootstrap}, group, config)
	if err != nil {
		return outcome, err
	}
	defer member.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	reader := &reader{outcome: &outcome, wanted: last}
	for len(outcome.Read) < last && ctx.Err() == nil {
		if err := member.Consume(ctx, []string{topic}, reader); err != nil {
			return outcome, err
		}
	}
	return outcome, ctx.Err()
}

type reader struct {
	outcome *Outcome
	wanted  int
}

func (*reader) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (*reader) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (reader *reader) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for len(reader.outcome.Read) < reader.wanted {
		select {
		case message, open := <-claim.Messages():
			if !open {
				return nil
			}
			reader.outcome.Read = append(reader.outcome.Read, base64.StdEncoding.EncodeToString(message.Value))
			session.MarkMessage(message, "")
		case <-session.Context().Done():
			return nil
		}
	}
	return nil
}
