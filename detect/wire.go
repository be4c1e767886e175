package detect

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
)

// framed begins a message whose picture stands behind its JSON: this byte, the
// JSON's length in four bytes (big endian), the JSON, the picture. JSON alone
// never begins with it.
const framed = 1

// Encode writes a request or an answer as a message. Frames and JPEGs are not
// put into the JSON: as base64 they would cost more than the looks' arithmetic.
func Encode(v any) ([]byte, error) {
	v, picture := detached(v)
	text, err := json.Marshal(v)
	if err != nil || picture == nil {
		return text, err
	}
	b := make([]byte, 0, 5+len(text)+len(picture))
	b = binary.BigEndian.AppendUint32(append(b, framed), uint32(len(text)))
	return append(append(b, text...), picture...), nil
}

// Decode reads a message into a request or an answer. What it takes for a
// picture shares b's memory.
func Decode(b []byte, to any) error {
	if len(b) == 0 || b[0] != framed {
		return json.Unmarshal(b, to)
	}
	if len(b) < 5 || uint64(binary.BigEndian.Uint32(b[1:])) > uint64(len(b)-5) {
		return errors.New("the message ends inside its text")
	}
	end := 5 + binary.BigEndian.Uint32(b[1:])
	if err := json.Unmarshal(b[5:end], to); err != nil {
		return err
	}
	return attach(to, b[end:len(b):len(b)])
}

// detached takes the picture out of a message.
func detached(v any) (rest any, picture []byte) {
	switch v := v.(type) {
	case LookRequest:
		picture, v.Frame.Data = v.Frame.Data, nil
		return v, picture
	case LookReply:
		picture, v.Thumbnail = v.Thumbnail, nil
		return v, picture
	case PictureRequest:
		picture, v.Data = v.Data, nil
		return v, picture
	case PictureReply:
		picture, v.JPEG = v.JPEG, nil
		return v, picture
	default:
		return v, nil
	}
}

func attach(to any, picture []byte) error {
	switch v := to.(type) {
	case *LookRequest:
		v.Frame.Data = picture
	case *LookReply:
		v.Thumbnail = picture
	case *PictureRequest:
		v.Data = picture
	case *PictureReply:
		v.JPEG = picture
	default:
		return fmt.Errorf("a %T has no picture", to)
	}
	return nil
}
