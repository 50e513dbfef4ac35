// The example of docs/clients.md for Go.

package clients

import (
	"context"
	"fmt"
	"log"

	"github.com/twmb/franz-go/pkg/sr"
)

func Example() {
	ctx, topic, url := context.Background(), newSubject(), registryURL
	// begin of the example
	registry, err := sr.NewClient(sr.URLs(url)) // "http://127.0.0.1:8081"
	if err != nil {
		log.Fatal(err)
	}
	schema := sr.Schema{Schema: `{"type": "record", "name": "Ping", "fields": [{"name": "at", "type": "long"}]}`}
	registered, err := registry.CreateSchema(ctx, topic+"-value", schema)
	if err != nil {
		log.Fatal(err)
	}
	found, err := registry.SchemaByID(ctx, registered.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(registered.Version, found.Schema)
	// end of the example

	// Output: 1 {"type":"record","name":"Ping","fields":[{"name":"at","type":"long"}]}
}
