// What lies on the shelf? One parcel, written by every client, in files that every client reads.
//
// `MAKER.FORMAT` is a record's value; where its schema's id travels in a header, that header is `MAKER.FORMAT.header`.

package clients

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// A Parcel as it is sent.
type Parcel struct {
	ID     int64   `json:"id" avro:"id"`
	City   string  `json:"city" avro:"city"`
	Weight float64 `json:"weight" avro:"weight"`
}

var endings = map[string]string{"avro": "avsc", "json": "schema.json", "protobuf": "proto"}

func source(t *testing.T, name string) string {
	t.Helper()
	return string(must[[]byte](t)(os.ReadFile(filepath.Join("..", "shelf", name))))
}

// theParcel is the one that every client sends.
func theParcel(t *testing.T) Parcel {
	t.Helper()
	var found Parcel
	if err := json.Unmarshal([]byte(source(t, "parcel.json")), &found); err != nil {
		t.Fatal(err)
	}
	return found
}

// parcelSchema is the parcel's schema, which every client registers in its own way.
func parcelSchema(t *testing.T, format string) string {
	t.Helper()
	return source(t, "parcel."+endings[format])
}

func shelfSubject(format string) string {
	return "parcels-" + format + "-value"
}

func put(t *testing.T, maker, format string, value []byte) {
	t.Helper()
	file := filepath.Join(os.Getenv("TIDEGATE_SHELF"), maker+"."+format)
	if err := os.WriteFile(file, value, 0o644); err != nil {
		t.Fatal(err)
	}
}

// items are the records whose schema's id is in front: these clients look for it nowhere else.
func items(t *testing.T, format string) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	for _, file := range must[[]string](t)(filepath.Glob(filepath.Join(os.Getenv("TIDEGATE_SHELF"), "*."+format))) {
		if _, err := os.Stat(file + ".header"); err == nil {
			continue
		}
		found[filepath.Base(file)] = must[[]byte](t)(os.ReadFile(file))
	}
	if len(found) == 0 {
		t.Fatalf("there is no %s to be read", format)
	}
	return found
}
