// qy_opus decodes count Opus packets, one after another in data, to mono sound
// of 16 kHz in to, room samples at most. It returns how many samples it wrote,
// or -1 if there is no decoder. The decoder lives for this one call, so that
// nothing of one seat's sound can be heard in another's.
int qy_opus(const unsigned char *data, const int *sizes, int count, float *to, int room);
