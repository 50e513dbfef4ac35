// Does franz-go's client for registries get through the life of a subject?

package clients

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/sr"
)

func franz(t *testing.T) *sr.Client {
	t.Helper()
	return must[*sr.Client](t)(sr.NewClient(sr.URLs(registryURL)))
}

// refused tells whether the registry refused with these codes.
func refused(t *testing.T, err error, status, code int) {
	t.Helper()
	var refusal *sr.ResponseError
	if !errors.As(err, &refusal) || refusal.StatusCode != status || refusal.ErrorCode != code {
		t.Fatalf("expected status %d with code %d, got %v", status, code, err)
	}
}

func TestFranzGoLifeAndDeath(t *testing.T) {
	ctx, mine, other, subject := context.Background(), franz(t), franz(t), newSubject()
	created := must[sr.SubjectSchema](t)
	first := created(mine.CreateSchema(ctx, subject, sr.Schema{Schema: parcel}))
	equal(t, created(other.CreateSchema(ctx, subject, sr.Schema{Schema: parcel})).ID, first.ID)
	second := created(mine.CreateSchema(ctx, subject, sr.Schema{Schema: withWeight}))
	if second.ID == first.ID || second.Version != 2 {
		t.Fatalf("%+v after %+v", second, first)
	}

	street := sr.Schema{Schema: withStreet}
	verdict := must[sr.CheckCompatibilityResult](t)(
		mine.CheckCompatibility(sr.WithParams(ctx, sr.Verbose), subject, -1, street))
	if verdict.Is || len(verdict.Messages) == 0 {
		t.Fatalf("%+v", verdict)
	}
	_, err := mine.CreateSchema(ctx, subject, street)
	refused(t, err, http.StatusConflict, incompatible)

	equal(t, must[sr.Schema](t)(other.SchemaByID(ctx, first.ID)).Schema, parcel)
	equal(t, must[string](t)(other.SchemaTextByID(ctx, first.ID)), parcel)
	equal(t, created(other.SchemaByVersion(ctx, subject, -1)).ID, second.ID)
	equal(t, created(other.SchemaByVersion(ctx, subject, 1)).ID, first.ID)
	equal(t, created(other.SchemaByGUID(ctx, second.GUID)).Schema.Schema, withWeight)
	equal(t, created(other.LookupSchema(ctx, subject, sr.Schema{Schema: parcel})).Version, 1)
	equal(t, len(must[[]sr.SubjectSchema](t)(other.Schemas(ctx, subject))), 2)
	equal(t, slices.Contains(must[[]string](t)(other.Subjects(ctx)), subject), true)
	equalAll(t, must[[]int](t)(other.SubjectVersions(ctx, subject)), []int{1, 2})

	if err := mine.DeleteSchema(ctx, subject, 1, sr.SoftDelete); err != nil {
		t.Fatal(err)
	}
	equalAll(t, must[[]int](t)(mine.DeleteSubject(ctx, subject, sr.SoftDelete)), []int{2})
	equal(t, slices.Contains(must[[]string](t)(other.Subjects(ctx)), subject), false)
	equal(t, slices.Contains(must[[]string](t)(other.Subjects(sr.WithParams(ctx, sr.ShowDeleted))), subject), true)
	equal(t, must[sr.Schema](t)(other.SchemaByID(ctx, first.ID)).Schema, parcel)
	equalAll(t, must[[]int](t)(mine.DeleteSubject(ctx, subject, sr.HardDelete)), []int{1, 2})
	_, err = other.SchemaByVersion(ctx, subject, -1)
	refused(t, err, http.StatusNotFound, sr.ErrSubjectNotFound.Code)
}

func TestFranzGoReferences(t *testing.T) {
	ctx, mine, subject := context.Background(), franz(t), newSubject()
	created := must[sr.SubjectSchema](t)
	target := created(mine.CreateSchema(ctx, subject+"-city", sr.Schema{Schema: city}))
	references := []sr.SchemaReference{{Name: "shop.City", Subject: target.Subject, Version: target.Version}}
	made := created(mine.CreateSchema(ctx, subject, sr.Schema{Schema: addressed, References: references}))
	equalAll(t, must[sr.Schema](t)(franz(t).SchemaByID(ctx, made.ID)).References, references)
	users := must[[]sr.SubjectSchema](t)(mine.SchemaReferences(ctx, target.Subject, target.Version))
	equal(t, len(users), 1)
	equal(t, users[0].Subject, subject)
	_, err := mine.DeleteSubject(ctx, target.Subject, sr.SoftDelete)
	refused(t, err, http.StatusUnprocessableEntity, sr.ErrReferenceExists.Code)
}

func TestFranzGoSettings(t *testing.T) {
	ctx, mine, subject := context.Background(), franz(t), newSubject()
	must[sr.SubjectSchema](t)(mine.CreateSchema(ctx, subject, sr.Schema{Schema: parcel}))
	refused(t, mine.Compatibility(ctx, subject)[0].Err, http.StatusNotFound,
		sr.ErrSubjectLevelCompatibilityNotConfigured.Code)
	set := mine.SetCompatibility(ctx, sr.SetCompatibility{Level: sr.CompatNone, Group: "major"}, subject)
	equal(t, set[0].Err, nil)
	found := mine.Compatibility(ctx, subject)[0]
	equal(t, found.Level, sr.CompatNone)
	equal(t, found.Group, "major")
	must[sr.SubjectSchema](t)(mine.CreateSchema(ctx, subject, sr.Schema{Schema: withStreet}))
	equal(t, mine.ResetCompatibility(ctx, subject)[0].Err, nil)

	equal(t, mine.SetMode(ctx, sr.ModeReadOnly, subject)[0].Err, nil)
	equal(t, mine.Mode(ctx, subject)[0].Mode, sr.ModeReadOnly)
	_, err := mine.CreateSchema(ctx, subject, sr.Schema{Schema: withWeight})
	refused(t, err, http.StatusUnprocessableEntity, sr.ErrOperationNotPermitted.Code)
	equal(t, mine.ResetMode(ctx, subject)[0].Err, nil)
}

func TestFranzGoContracts(t *testing.T) {
	ctx, mine, subject := context.Background(), franz(t), newSubject()
	contract := sr.Schema{
		Schema: parcel,
		SchemaMetadata: &sr.SchemaMetadata{
			Properties: map[string]string{"owner": "logistics"},
			Tags:       map[string][]string{"shop.Parcel.city": {"PII"}},
		},
		SchemaRuleSet: &sr.SchemaRuleSet{DomainRules: []sr.SchemaRule{{
			Name: "check", Kind: sr.SchemaRuleKindCondition, Mode: sr.SchemaRuleModeWrite,
			Type: "CEL", Expr: "message.city != ''",
		}}},
	}
	made := must[sr.SubjectSchema](t)(mine.CreateSchema(ctx, subject, contract))
	found := must[sr.Schema](t)(franz(t).SchemaByID(ctx, made.ID))
	equal(t, found.SchemaMetadata.Properties["owner"], "logistics")
	equalAll(t, found.SchemaMetadata.Tags["shop.Parcel.city"], []string{"PII"})
	equal(t, found.SchemaRuleSet.DomainRules[0].Expr, "message.city != ''")
	equal(t, found.SchemaRuleSet.DomainRules[0].Kind, sr.SchemaRuleKindCondition)
}

func TestFranzGoSerde(t *testing.T) {
	schemaOf := func(format string) string { return parcelSchema(t, format) }
	for _, codec := range codecs(t, schemaOf) {
		t.Run(codec.format, func(t *testing.T) {
			schema := sr.Schema{Schema: schemaOf(codec.format), Type: codec.kind}
			subject := shelfSubject(codec.format)
			made := must[sr.SubjectSchema](t)(franz(t).CreateSchema(context.Background(), subject, schema))
			equal(t, made.Schema.Type, codec.kind)
			serde := codec.serde(made.ID)
			written := must[[]byte](t)(serde.Encode(theParcel(t)))
			equal(t, idOf(t, written), made.ID)
			var found Parcel
			equal(t, serde.Decode(written, &found), nil)
			equal(t, found, theParcel(t))
			put(t, "franz-go", codec.format, written)
		})
	}
}
