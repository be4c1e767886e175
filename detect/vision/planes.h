// What the decoders have in common: where a decoded picture goes.
#ifndef QY_PLANES_H
#define QY_PLANES_H

#include <stddef.h>
#include <string.h>

enum { QY_OK, QY_INIT, QY_DECODE, QY_NONE, QY_SHAPE };

// The planes of a picture of w x h (luma, and two of chroma at half its
// size), each without padding and of the even size just below.
typedef struct {
	unsigned char *data[3];
	int w, h;
} qy_planes;

// Copies a decoded picture, if it is as large as was expected.
static inline int qy_take(qy_planes *to, unsigned char *const *from, const int *stride, int w, int h) {
	if (w != to->w || h != to->h)
		return QY_SHAPE;
	w &= ~1, h &= ~1;
	for (int i = 0; i < 3; i++) {
		if (i == 1)
			w /= 2, h /= 2;
		for (int y = 0; y < h; y++)
			memcpy(to->data[i] + (size_t)y * w, from[i] + (ptrdiff_t)y * stride[i], w);
	}
	return QY_OK;
}

#endif
