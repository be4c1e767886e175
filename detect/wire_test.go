package detect

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

// What is encoded comes out as it was, and JSON alone is understood as well.
func TestMessagesComeOutAsTheyWere(t *testing.T) {
	for _, v := range []any{
		&LookRequest{Frame: Frame{Seat: "s", Codec: VP8, Data: []byte("a frame")}, Age: 3, Memory: []byte("m")},
		&LookReply{Thumbnail: []byte("a JPEG"), Memory: []byte("m")},
		&LookReply{Err: "no picture"},
		&PictureRequest{Codec: H264, Data: []byte{0, 1, 2}},
		&PictureReply{JPEG: []byte("a JPEG"), Width: 3},
	} {
		message, err := Encode(reflect.ValueOf(v).Elem().Interface())
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range [][]byte{message, text} {
			got := reflect.New(reflect.TypeOf(v).Elem()).Interface()
			if err := Decode(b, got); err != nil || !reflect.DeepEqual(got, v) {
				t.Errorf("%+v came out as %+v, %v", v, got, err)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	whole, err := Encode(LookRequest{Frame: Frame{Seat: "s", Data: []byte("frame")}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte{framed, 0xff, 0xff, 0xff, 0xff, '{', '}'})
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var q LookRequest
		if Decode(b, &q) == nil && len(b) > 0 && b[0] == framed && !bytes.HasSuffix(b, q.Frame.Data) {
			t.Errorf("the picture is not the message's end: %x", b)
		}
	})
}
