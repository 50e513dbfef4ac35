// How does a parcel become bytes and back? franz-go leaves this to other libraries, srclient knows Avro's alone.

package clients

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/hamba/avro/v2"
	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/twmb/franz-go/pkg/sr"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

type codec struct {
	format string
	kind   sr.SchemaType
	encode func(Parcel) ([]byte, error)
	decode func([]byte) (Parcel, error)
	index  []int
}

// codecs are those of all formats, made with the schemas that they are given, which may come from the registry.
func codecs(t *testing.T, schemaOf func(format string) string) []codec {
	t.Helper()
	return []codec{avroCodec(t, schemaOf("avro")), jsonCodec(t, schemaOf("json")), protobufCodec(t)}
}

func avroCodec(t *testing.T, text string) codec {
	t.Helper()
	schema := must[avro.Schema](t)(avro.Parse(text))
	return codec{
		format: "avro",
		kind:   sr.TypeAvro,
		encode: func(parcel Parcel) ([]byte, error) { return avro.Marshal(schema, parcel) },
		decode: func(bytes []byte) (found Parcel, err error) {
			err = avro.Unmarshal(schema, bytes, &found)
			return
		},
	}
}

func jsonCodec(t *testing.T, text string) codec {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("parcel.json", strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	schema := must[*jsonschema.Schema](t)(compiler.Compile("parcel.json"))
	validated := func(bytes []byte) error {
		var value any
		if err := json.Unmarshal(bytes, &value); err != nil {
			return err
		}
		return schema.Validate(value)
	}
	return codec{
		format: "json",
		kind:   sr.TypeJSON,
		encode: func(parcel Parcel) ([]byte, error) {
			bytes, err := json.Marshal(parcel)
			if err != nil {
				return nil, err
			}
			return bytes, validated(bytes)
		},
		decode: func(bytes []byte) (found Parcel, err error) {
			if err = validated(bytes); err == nil {
				err = json.Unmarshal(bytes, &found)
			}
			return
		},
	}
}

// protobufCodec knows the message as protoc would describe shelf/parcel.proto.
func protobufCodec(t *testing.T) codec {
	t.Helper()
	field := func(number int32, name string, kind descriptorpb.FieldDescriptorProto_Type) *descriptorpb.FieldDescriptorProto {
		return &descriptorpb.FieldDescriptorProto{
			Name: &name, JsonName: &name, Number: &number, Type: &kind,
			Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
		}
	}
	file := must[protoreflect.FileDescriptor](t)(protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("parcel.proto"), Package: proto.String("shop"), Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{{
			Name: proto.String("Parcel"),
			Field: []*descriptorpb.FieldDescriptorProto{
				field(1, "id", descriptorpb.FieldDescriptorProto_TYPE_INT64),
				field(2, "city", descriptorpb.FieldDescriptorProto_TYPE_STRING),
				field(3, "weight", descriptorpb.FieldDescriptorProto_TYPE_DOUBLE),
			},
		}},
	}, new(protoregistry.Files)))
	described := file.Messages().Get(0)
	id, city, weight := described.Fields().Get(0), described.Fields().Get(1), described.Fields().Get(2)
	return codec{
		format: "protobuf",
		kind:   sr.TypeProtobuf,
		index:  []int{0},
		encode: func(parcel Parcel) ([]byte, error) {
			message := dynamicpb.NewMessage(described)
			message.Set(id, protoreflect.ValueOfInt64(parcel.ID))
			message.Set(city, protoreflect.ValueOfString(parcel.City))
			message.Set(weight, protoreflect.ValueOfFloat64(parcel.Weight))
			return proto.Marshal(message)
		},
		decode: func(bytes []byte) (found Parcel, err error) {
			message := dynamicpb.NewMessage(described)
			if err = proto.Unmarshal(bytes, message); err == nil {
				found = Parcel{message.Get(id).Int(), message.Get(city).String(), message.Get(weight).Float()}
			}
			return
		},
	}
}

// serde is franz-go's, which puts the id in front and takes it off again.
func (c codec) serde(id int) *sr.Serde {
	var serde sr.Serde
	options := []sr.EncodingOpt{
		sr.EncodeFn(func(value any) ([]byte, error) { return c.encode(value.(Parcel)) }),
		sr.DecodeFn(func(bytes []byte, into any) (err error) {
			*into.(*Parcel), err = c.decode(bytes)
			return
		}),
	}
	if c.index != nil {
		options = append(options, sr.Index(c.index...))
	}
	serde.Register(id, Parcel{}, options...)
	return &serde
}
