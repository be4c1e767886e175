#include "planes.h"

// Decodes one key frame into to, at most qy_max_pixels large: H.264 as a byte
// stream, or AV1 as OBUs with sizes. The decoder lives for this one frame.
int qy_av(int av1, const unsigned char *data, unsigned n, qy_planes *to);
