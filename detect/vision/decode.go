package vision

/*
#cgo pkg-config: vpx
#include <string.h>
#include <vpx/vpx_decoder.h>
#include <vpx/vp8dx.h>

#include "planes.h"

// Decodes one key frame of w x h into the planes of to, each without padding,
// of the even size just below. The decoder lives for this one frame, so that
// nothing of one seat's picture can show up in another's.
static int qy_vpx(int vp9, const unsigned char *data, unsigned n, qy_planes *to) {
	vpx_codec_ctx_t ctx;
	vpx_codec_dec_cfg_t cfg = {.threads = 1};
	if (vpx_codec_dec_init(&ctx, vp9 ? vpx_codec_vp9_dx() : vpx_codec_vp8_dx(), &cfg, 0))
		return QY_INIT;
	int rc = QY_DECODE;
	if (!vpx_codec_decode(&ctx, data, n, NULL, 0)) {
		vpx_codec_iter_t iter = NULL;
		const vpx_image_t *img = vpx_codec_get_frame(&ctx, &iter);
		if (!img)
			rc = QY_NONE;
		else if (img->fmt != VPX_IMG_FMT_I420)
			rc = QY_SHAPE;
		else
			rc = qy_take(to, img->planes, img->stride, img->d_w, img->d_h);
	}
	vpx_codec_destroy(&ctx);
	return rc;
}
*/
import "C"

import (
	"errors"
	"fmt"
	"unsafe"

	"qyragy/detect"
)

// decode decodes one key frame. The caller closes the picture. An odd last row
// or column is dropped.
func decode(codec detect.Codec, data []byte) (*picture, error) {
	s, err := frameSize(codec, data)
	if err != nil {
		return nil, err
	}
	p := newPicture(size{s.width &^ 1, s.height &^ 1})
	if err := p.fill(codec, data, s); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// fill decodes into the picture's planes.
func (p *picture) fill(codec detect.Codec, data []byte, s size) error {
	y, u, v, err := p.planes()
	if err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	to := C.qy_planes{w: C.int(s.width), h: C.int(s.height)}
	for i, plane := range [][]byte{y, u, v} {
		to.data[i] = (*C.uchar)(unsafe.Pointer(&plane[0])) // of OpenCV's memory, not of Go's
	}
	vp9 := C.int(0)
	if codec == detect.VP9 {
		vp9, data = 1, singleFrame(data)
	}
	return decodeError(C.qy_vpx(vp9, (*C.uchar)(unsafe.Pointer(&data[0])), C.uint(len(data)), &to))
}

func decodeError(rc C.int) error {
	switch rc {
	case C.QY_OK:
		return nil
	case C.QY_INIT:
		return errors.New("the decoder could not be started")
	case C.QY_NONE:
		return errors.New("the frame shows no picture")
	case C.QY_SHAPE:
		return errors.New("the picture is not what the frame's header said")
	default:
		return errors.New("the frame could not be decoded")
	}
}
