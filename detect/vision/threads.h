#ifdef __cplusplus
extern "C" {
#endif
// Keeps OpenCV from starting a thread per core for every small picture: the
// worker looks at several frames at once instead.
void qy_single_thread(void);
// Keeps what was freed for the next frame, in one arena: a frame's buffers are
// asked for and given back with every look, and the kernel would empty each of
// their pages anew.
void qy_keep_memory(void);
#ifdef __cplusplus
}
#endif
