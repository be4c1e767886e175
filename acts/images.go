package acts

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

// sortImages orders the pictures among fpdf's objects by their names in the
// resource dictionary (object 2), which are hashes: fpdf orders them by width
// only and leaves the rest to chance.
func sortImages(objects [][]byte) error {
	type picture struct {
		name   string
		number int
		body   []byte
	}
	var all []picture
	var numbers []int
	ref := regexp.MustCompile(`/I([0-9a-f]{40}) ([0-9]+) 0 R`)
	for _, m := range ref.FindAllSubmatch(objects[2], -1) {
		n, err := strconv.Atoi(string(m[2]))
		if err != nil || n >= len(objects) || !bytes.Contains(objects[n], []byte("/Subtype /Image")) {
			return fmt.Errorf("resource %s is no picture", m[1])
		}
		all, numbers = append(all, picture{string(m[1]), n, objects[n]}), append(numbers, n)
	}
	slices.SortFunc(all, func(a, b picture) int { return cmp.Compare(a.name, b.name) })
	slices.Sort(numbers)
	names := map[string]int{}
	for i, p := range all {
		objects[numbers[i]], names[p.name] = p.body, numbers[i]
	}
	objects[2] = ref.ReplaceAllFunc(objects[2], func(m []byte) []byte {
		name := string(m[2:42])
		return fmt.Appendf(nil, "/I%s %d 0 R", name, names[name])
	})
	return nil
}
