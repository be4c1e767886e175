package vision

import (
	"bytes"
	"testing"
)

// Where nothing has a shape the lens is covered: in a camera's first look, or
// when it lost most of its texture. A plain wall that was there before the
// examinee left it is none, nor is anything with a face.
func TestCoverNeedsTheTextureToBeGone(t *testing.T) {
	flat := scene{measures: measures{luma: 120, spread: 8, texture: 4, cells: bytes.Repeat(cells{120}, cellColumns*cellRows)}}
	for texture, want := range map[float64]bool{0: true, 50: true, 10: false} {
		flat.memory.Texture = texture
		if got := flat.covered(); got != want {
			t.Errorf("a flat frame of a camera whose texture is %g: covered %v", texture, got)
		}
	}
	flat.memory.Texture, flat.memory.Cells = 50, bytes.Clone(flat.cells)
	if flat.covered() {
		t.Error("covered although the wall is the same")
	}
	for i := range len(flat.cells) * 2 / 3 {
		flat.memory.Cells[i] -= sameStep
	}
	if !flat.covered() {
		t.Error("not covered although most of the wall is another")
	}
	flat.faces = []face{{}}
	if flat.covered() {
		t.Error("covered although a face is there")
	}
}
