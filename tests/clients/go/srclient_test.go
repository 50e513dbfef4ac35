// Does srclient get through the life of a subject?

package clients

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/riferrei/srclient"
)

func TestSrclientLifeAndDeath(t *testing.T) {
	mine, other, subject := srclient.NewSchemaRegistryClient(registryURL), fresh(), newSubject()
	created := must[*srclient.Schema](t)
	first := created(mine.CreateSchema(subject, parcel, srclient.Avro))
	equal(t, created(other.CreateSchema(subject, parcel, srclient.Avro)).ID(), first.ID())
	second := created(mine.CreateSchema(subject, withWeight, srclient.Avro))
	if second.ID() == first.ID() {
		t.Fatalf("two schemas have the id %d", first.ID())
	}

	equal(t, must[bool](t)(mine.IsSchemaCompatible(subject, withStreet, "latest", srclient.Avro)), false)
	_, err := mine.CreateSchema(subject, withStreet, srclient.Avro)
	equal(t, codeOf(t, err), incompatible)

	equal(t, created(fresh().GetSchema(first.ID())).Schema(), parcel)
	latest := created(fresh().GetLatestSchema(subject))
	equal(t, latest.ID(), second.ID())
	equal(t, latest.Version(), 2)
	equal(t, created(fresh().GetSchemaByVersion(subject, 1)).ID(), first.ID())
	equal(t, created(fresh().LookupSchema(subject, parcel, srclient.Avro)).Version(), 1)
	equal(t, slices.Contains(must[[]string](t)(other.GetSubjects()), subject), true)
	equalAll(t, must[[]int](t)(other.GetSchemaVersions(subject)), []int{1, 2})

	equal(t, mine.DeleteSubjectByVersion(subject, 1, false), nil)
	equalAll(t, must[[]int](t)(fresh().GetSchemaVersions(subject)), []int{2})
	equal(t, created(fresh().GetSchema(first.ID())).Schema(), parcel)
	equal(t, mine.DeleteSubject(subject, true), nil) // First softly, then for good.
	equal(t, slices.Contains(must[[]string](t)(fresh().GetSubjectsIncludingDeleted()), subject), false)
	_, err = fresh().GetLatestSchema(subject)
	equal(t, codeOf(t, err), 40401)
}

func TestSrclientReferences(t *testing.T) {
	mine, subject := fresh(), newSubject()
	created := must[*srclient.Schema](t)
	created(mine.CreateSchema(subject+"-city", city, srclient.Avro))
	reference := srclient.Reference{Name: "shop.City", Subject: subject + "-city", Version: 1}
	mine.CodecCreationEnabled(false) // Its codec knows nothing of references.
	made := created(mine.CreateSchema(subject, addressed, srclient.Avro, reference))
	reader := fresh()
	reader.CodecCreationEnabled(false)
	equalAll(t, created(reader.GetSchema(made.ID())).References(), []srclient.Reference{reference})
	equal(t, codeOf(t, mine.DeleteSubject(subject+"-city", false)), 42206)
}

func TestSrclientSettings(t *testing.T) {
	mine, subject := fresh(), newSubject()
	must[*srclient.Schema](t)(mine.CreateSchema(subject, parcel, srclient.Avro))
	equal(t, *must[*srclient.CompatibilityLevel](t)(mine.GetCompatibilityLevel(subject, true)), srclient.Backward)
	equal(t, *must[*srclient.CompatibilityLevel](t)(mine.ChangeSubjectCompatibilityLevel(subject, srclient.None)),
		srclient.None)
	must[*srclient.Schema](t)(mine.CreateSchema(subject, withStreet, srclient.Avro))
}

// Its codec is Avro's; the frame is put on by hand, as its documentation shows.
func TestSrclientRecords(t *testing.T) {
	schema := must[*srclient.Schema](t)(fresh().CreateSchema(shelfSubject("avro"), parcelSchema(t, "avro"), srclient.Avro))
	sent := theParcel(t)
	written := binary.BigEndian.AppendUint32([]byte{0}, uint32(schema.ID()))
	native := map[string]any{"id": sent.ID, "city": sent.City, "weight": sent.Weight}
	written = must[[]byte](t)(schema.Codec().BinaryFromNative(written, native))
	equal(t, srclientReads(t, written), sent)
	put(t, "srclient", "avro", written)
}

func TestSrclientRegistersEveryFormat(t *testing.T) {
	for format, kind := range map[string]srclient.SchemaType{"json": srclient.Json, "protobuf": srclient.Protobuf} {
		made := must[*srclient.Schema](t)(fresh().CreateSchema(newSubject(), parcelSchema(t, format), kind))
		equal(t, *must[*srclient.Schema](t)(fresh().GetSchema(made.ID())).SchemaType(), kind)
	}
}

// srclientReads decodes Avro with what the registry tells of the id.
func srclientReads(t *testing.T, framed []byte) Parcel {
	t.Helper()
	schema := must[*srclient.Schema](t)(fresh().GetSchema(idOf(t, framed)))
	native, rest, err := schema.Codec().NativeFromBinary(framed[5:])
	if err != nil || len(rest) > 0 {
		t.Fatalf("%v, %d bytes are left", err, len(rest))
	}
	fields := native.(map[string]any)
	return Parcel{fields["id"].(int64), fields["city"].(string), fields["weight"].(float64)}
}

// fresh is a client that has seen nothing yet.
func fresh() *srclient.SchemaRegistryClient {
	return srclient.NewSchemaRegistryClient(registryURL)
}

func codeOf(t *testing.T, err error) int {
	t.Helper()
	var refusal srclient.Error
	if !errors.As(err, &refusal) {
		t.Fatalf("expected the registry's refusal, got %v", err)
	}
	return refusal.Code
}
