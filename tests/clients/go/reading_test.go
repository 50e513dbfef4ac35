// Can the Go clients read what every client, of whatever language, has laid on the shelf?

package clients

import (
	"context"
	"testing"

	"github.com/twmb/franz-go/pkg/sr"
)

func TestReadingWithFranzGo(t *testing.T) {
	client := franz(t)
	registered := func(format string) string {
		latest := must[sr.SubjectSchema](t)(client.SchemaByVersion(context.Background(), shelfSubject(format), -1))
		return latest.Schema.Schema
	}
	for _, codec := range codecs(t, registered) {
		for name, value := range items(t, codec.format) {
			t.Run(name, func(t *testing.T) {
				id := idOf(t, value)
				equal(t, must[sr.Schema](t)(client.SchemaByID(context.Background(), id)).Type, codec.kind)
				var found Parcel
				equal(t, codec.serde(id).Decode(value, &found), nil)
				equal(t, found, theParcel(t))
			})
		}
	}
}

func TestReadingWithSrclient(t *testing.T) {
	for name, value := range items(t, "avro") {
		t.Run(name, func(t *testing.T) { equal(t, srclientReads(t, value), theParcel(t)) })
	}
}
