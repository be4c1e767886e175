// Keeps OpenCV from starting a thread per core for every small picture: the
// worker looks at several frames at once instead.
#ifdef __cplusplus
extern "C"
#endif
void qy_single_thread(void);
