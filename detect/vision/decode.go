package vision

/*
#cgo pkg-config: vpx
#include <string.h>
#include <vpx/vpx_decoder.h>
#include <vpx/vp8dx.h>

enum { QY_OK, QY_INIT, QY_DECODE, QY_NONE, QY_SHAPE };

static void qy_plane(unsigned char *to, const vpx_image_t *img, int plane, int w, int h) {
	for (int y = 0; y < h; y++)
		memcpy(to + (size_t)y * w, img->planes[plane] + (ptrdiff_t)y * img->stride[plane], w);
}

// Decodes one key frame of w x h into to: I420 without padding, of the even
// size just below. The decoder lives for this one frame, so that nothing of
// one seat's picture can show up in another's.
static int qy_decode(int vp9, const unsigned char *data, unsigned n, unsigned char *to, int w, int h) {
	vpx_codec_ctx_t ctx;
	vpx_codec_dec_cfg_t cfg = {.threads = 1};
	if (vpx_codec_dec_init(&ctx, vp9 ? vpx_codec_vp9_dx() : vpx_codec_vp8_dx(), &cfg, 0))
		return QY_INIT;
	int rc = QY_DECODE;
	if (!vpx_codec_decode(&ctx, data, n, NULL, 0)) {
		vpx_codec_iter_t iter = NULL;
		const vpx_image_t *img = vpx_codec_get_frame(&ctx, &iter);
		if (!img) {
			rc = QY_NONE;
		} else if (img->fmt != VPX_IMG_FMT_I420 || (int)img->d_w != w || (int)img->d_h != h) {
			rc = QY_SHAPE;
		} else {
			w &= ~1, h &= ~1;
			qy_plane(to, img, VPX_PLANE_Y, w, h);
			qy_plane(to + w * h, img, VPX_PLANE_U, w / 2, h / 2);
			qy_plane(to + w * h + w * h / 4, img, VPX_PLANE_V, w / 2, h / 2);
			rc = QY_OK;
		}
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

	"gocv.io/x/gocv"

	"qyragy/detect"
)

// decode decodes one key frame to BGR. The caller closes the Mat. An odd last
// row or column is dropped.
func decode(codec detect.Codec, data []byte) (gocv.Mat, error) {
	s, err := frameSize(codec, data)
	if err != nil {
		return gocv.Mat{}, err
	}
	vp9 := C.int(0)
	if codec == detect.VP9 {
		vp9, data = 1, singleFrame(data)
	}
	width, height := s.width&^1, s.height&^1
	yuv := gocv.NewMatWithSize(height*3/2, width, gocv.MatTypeCV8UC1)
	defer yuv.Close()
	to, err := yuv.DataPtrUint8()
	if err != nil {
		return gocv.Mat{}, fmt.Errorf("decode: %w", err)
	}
	rc := C.qy_decode(vp9, (*C.uchar)(unsafe.Pointer(&data[0])), C.uint(len(data)),
		(*C.uchar)(unsafe.Pointer(&to[0])), C.int(s.width), C.int(s.height))
	if err := decodeError(rc); err != nil {
		return gocv.Mat{}, err
	}
	bgr := gocv.NewMat()
	gocv.CvtColor(yuv, &bgr, gocv.ColorYUVToBGRIYUV)
	return bgr, nil
}

func decodeError(rc C.int) error {
	switch rc {
	case C.QY_OK:
		return nil
	case C.QY_INIT:
		return errors.New("libvpx could not start a decoder")
	case C.QY_NONE:
		return errors.New("the frame shows no picture")
	case C.QY_SHAPE:
		return errors.New("the picture is not what the frame's header said")
	default:
		return errors.New("the frame could not be decoded")
	}
}
