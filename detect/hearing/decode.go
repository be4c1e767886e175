package hearing

/*
#cgo pkg-config: libavcodec libswresample libavutil
#include "decode.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"unsafe"

	"qyragy/detect"
)

// rate is how many samples a second decode gives.
const rate = 16000

// maxSamples bounds what is decoded of one request: two seconds.
const maxSamples = 2 * rate

// decode turns Opus packets of one stream, in order, into mono sound of 16 kHz,
// -1..1. A packet that is broken is silence of no length: the others count.
func decode(packets [][]byte) ([]float32, error) {
	if err := bounded(packets); err != nil {
		return nil, err
	}
	var joined []byte
	sizes := make([]C.int, len(packets))
	for i, p := range packets {
		joined = append(joined, p...)
		sizes[i] = C.int(len(p))
	}
	pcm := make([]float32, maxSamples)
	n := C.qy_opus((*C.uchar)(unsafe.Pointer(&joined[0])), &sizes[0], C.int(len(sizes)),
		(*C.float)(unsafe.Pointer(&pcm[0])), C.int(len(pcm)))
	switch {
	case n < 0:
		return nil, errors.New("libavcodec could not start a decoder")
	case n == 0:
		return nil, errors.New("the packets could not be decoded")
	}
	return pcm[:n], nil
}

func bounded(packets [][]byte) error {
	if len(packets) == 0 || len(packets) > detect.MaxSoundPackets {
		return fmt.Errorf("a request has %d packets, and may have 1 to %d", len(packets), detect.MaxSoundPackets)
	}
	total := 0
	for _, p := range packets {
		if len(p) == 0 {
			return errors.New("a packet is empty")
		}
		total += len(p)
	}
	if total > detect.MaxSound {
		return fmt.Errorf("a request has %d bytes of sound, and may have %d", total, detect.MaxSound)
	}
	return nil
}
