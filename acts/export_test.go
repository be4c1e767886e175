package acts

// ForceSign signs as role i without asking whether the signer may: what a
// thief of keys could make. Verify must still refuse it.
func ForceSign(pdf []byte, i int, s Signer, o SignOptions) ([]byte, error) {
	return read(pdf, nil).append(i, s, o)
}

// Retrailer recomputes revision 1's identifier after its bytes were changed.
func Retrailer(pdf []byte) []byte {
	f := &file{}
	objects, end, ok := f.readObjects(pdf)
	if !ok || f.readPrivateOf(objects) != nil {
		return pdf
	}
	return append(pdf[:end:end], trailer1(pdf[:end], len(objects), f.spare[2], f.xref)...)
}

func (f *file) readPrivateOf(objects [][]byte) error {
	f.size, f.first = len(objects), len(objects)-8
	return f.readPrivate(objects[f.size-2])
}
