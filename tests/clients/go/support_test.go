// What do all stories share? The registry's address, names that nobody else uses, and the schemas.

package clients

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"testing"
)

const (
	parcel = `{"type":"record","name":"Parcel","namespace":"shop","fields":[` +
		`{"name":"id","type":"long"},{"name":"city","type":"string"}]}`
	withWeight = `{"type":"record","name":"Parcel","namespace":"shop","fields":[` +
		`{"name":"id","type":"long"},{"name":"city","type":"string"},{"name":"weight","type":"double","default":0}]}`
	// Old records have no street.
	withStreet = `{"type":"record","name":"Parcel","namespace":"shop","fields":[` +
		`{"name":"id","type":"long"},{"name":"city","type":"string"},{"name":"street","type":"string"}]}`
	city      = `{"type":"record","name":"City","namespace":"shop","fields":[{"name":"name","type":"string"}]}`
	addressed = `{"type":"record","name":"Addressed","namespace":"shop","fields":[{"name":"city","type":"shop.City"}]}`

	incompatible = 40901
)

var (
	registryURL = os.Getenv("TIDEGATE_URL")
	run         = random()
	number      atomic.Int64
)

func random() string {
	var bytes [4]byte
	_, _ = rand.Read(bytes[:])
	return hex.EncodeToString(bytes[:])
}

// newSubject is the subject of one story.
func newSubject() string {
	return fmt.Sprintf("go-%s-%d-value", run, number.Add(1))
}

// idOf is the id in front of a record.
func idOf(t *testing.T, framed []byte) int {
	t.Helper()
	if len(framed) < 5 || framed[0] != 0 {
		t.Fatalf("no id in front of %x", framed)
	}
	return int(binary.BigEndian.Uint32(framed[1:5]))
}

func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func equal[T comparable](t *testing.T, found, expected T) {
	t.Helper()
	if found != expected {
		t.Fatalf("found %v, expected %v", found, expected)
	}
}

func equalAll[T comparable](t *testing.T, found, expected []T) {
	t.Helper()
	if !slices.Equal(found, expected) {
		t.Fatalf("found %v, expected %v", found, expected)
	}
}
