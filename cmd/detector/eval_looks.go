package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"qyragy/detect"
	"qyragy/detect/vision"
	"qyragy/proctor"
)

// candidateLooks is how many looks in a row with an outsider make a candidate
// by the default policy.
const candidateLooks = 4

// evaluator looks at labelled media as a worker would: through VP8 key
// frames, one a second, with the memory of the look before.
type evaluator struct {
	ctx    context.Context
	vision *vision.Vision
	dir    string
	result evaluation
}

// clipResult is what was found on clips of one person; a sampled frame stands
// for one second of an examinee.
type clipResult struct {
	Clips   int `json:"clips"`
	Frames  int `json:"frames"`
	One     int `json:"exactly_one_face"`
	NoFace  int `json:"no_face"`
	Outside int `json:"outsider_frames"`
	Raised  int `json:"outsider_candidates"`
	Blurred int `json:"blurred"`
	Covered int `json:"covered"`
	Dark    int `json:"dark"`
}

// groupResult is what was found on pictures with the same kind of label.
type groupResult struct {
	Pictures int `json:"pictures"`
	Exact    int `json:"exact"`
	Faces    int `json:"faces_found"`
	Labelled int `json:"faces_labelled"`
	NoFace   int `json:"no_face"`
	Outsider int `json:"outsider"`
	Blurred  int `json:"blurred"`
	Covered  int `json:"covered"`
	Dark     int `json:"dark"`
}

// degraded is what was seen on the single persons' pictures after they were
// made worse.
type degraded struct {
	Name     string `json:"name"`
	Pictures int    `json:"pictures"`
	Covered  int    `json:"covered"`
	Dark     int    `json:"dark"`
	Blurred  int    `json:"blurred"`
	NoFace   int    `json:"no_face"`
	Outsider int    `json:"outsider"`
	Nothing  int    `json:"nothing"`
}

func (e *evaluator) evaluate(rows []labelled) (evaluation, error) {
	e.result.Detector = e.vision.Name()
	for _, row := range rows {
		if err := e.file(row); err != nil {
			return e.result, fmt.Errorf("%s: %w", row.path, err)
		}
	}
	var err error
	e.result.Identity, err = e.identify(rows)
	return e.result, err
}

// native makes a picture no larger than a worker takes.
const native = "scale='min(1280,iw)':'min(960,ih)':force_original_aspect_ratio=decrease:force_divisible_by=2"

func (e *evaluator) file(row labelled) error {
	filter := native
	if row.clip() {
		filter = "fps=1," + native
	}
	looks, err := e.looks(row, "-vf", filter)
	if err != nil {
		return err
	}
	if len(looks) == 0 {
		e.result.Unreadable++
		return nil
	}
	e.list(row, looks)
	switch {
	case row.clip() && row.faces == 1:
		e.result.Clips.add(looks)
	case row.clip():
		return nil
	case row.faces == 0:
		e.result.Faceless.add(row, looks[0])
	case row.faces == 1:
		e.result.Singles.add(row, looks[0])
	default:
		e.result.Groups.add(row, looks[0])
	}
	if row.faces == 1 && looks[0].Luma > 0 {
		return e.degrade(row, looks[0].Luma)
	}
	return nil
}

// looks encodes what ffmpeg makes of a file as VP8 key frames and looks at
// each. An option of -vf sees a sequence; with -filter_complex each frame is
// a picture of its own.
func (e *evaluator) looks(row labelled, option, filter string) ([]proctor.Look, error) {
	args := []string{"-v", "error", "-i", filepath.Join(e.dir, row.path), "-an", option, filter}
	rate := "200k" // at a frame a second: about what a key frame of a webcam has
	if !row.clip() || option != "-vf" {
		rate = "5M"                                                                // the same at 25
		args = append(args, "-frames:v", fmt.Sprint(1+strings.Count(filter, ";"))) // all that concat gives
	}
	args = append(args, "-fps_mode", "passthrough", "-pix_fmt", "yuv420p", "-c:v", "libvpx", "-g", "1", "-b:v", rate, "-deadline", "realtime", "-f", "ivf", "-")
	var out, complaint bytes.Buffer
	cmd := exec.CommandContext(e.ctx, "ffmpeg", args...)
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("ffmpeg: %w: %s", err, strings.TrimSpace(complaint.String()))
	}
	codec, frames, err := readIVF(out.Bytes())
	if err != nil {
		return nil, err
	}
	var looks []proctor.Look
	var memory []byte
	for i, f := range frames {
		if option == "-filter_complex" {
			i, memory = 0, nil
		}
		reply := e.vision.Look(detect.LookRequest{
			Frame: detect.Frame{Codec: codec, Data: f}, Age: detect.CalibrationLooks + i, Memory: memory,
		})
		if reply.Err != "" {
			return nil, fmt.Errorf("look: %s", reply.Err)
		}
		memory = reply.Memory
		looks = append(looks, reply.Look)
	}
	return looks, nil
}

// ways are how pictures are made worse: a name and an ffmpeg filter.
func ways(luma float64) [][2]string {
	r := [][2]string{
		{"as it is", "null"},
		{"black", "lutyuv=y=16:u=128:v=128"},
		{"luma 35", fmt.Sprintf("lutyuv=y=16+(val-16)*%.4f", min(1, 35/luma))},
	}
	for _, sigma := range []int{1, 2, 3, 5, 8} {
		r = append(r, [2]string{fmt.Sprintf("blur, sigma %d", sigma), fmt.Sprintf("gblur=sigma=%d", sigma)})
	}
	return r
}

// degrade makes a single person's picture, or a clip's first frame, worse in
// each way, at the size of a webcam's, and counts what is seen.
func (e *evaluator) degrade(row labelled, luma float64) error {
	all := ways(luma)
	var b strings.Builder
	fmt.Fprintf(&b, "[0:v]trim=end_frame=1,scale='min(640,iw)':'min(480,ih)':force_original_aspect_ratio=decrease:force_divisible_by=2,format=yuv420p,split=%d", len(all))
	for i := range all {
		fmt.Fprintf(&b, "[i%d]", i)
	}
	for i, w := range all {
		fmt.Fprintf(&b, ";[i%d]%s[o%d]", i, w[1], i)
	}
	b.WriteString(";")
	for i := range all {
		fmt.Fprintf(&b, "[o%d]", i)
	}
	fmt.Fprintf(&b, "concat=n=%d:v=1:a=0,settb=1/25,setpts=N", len(all))
	looks, err := e.looks(row, "-filter_complex", b.String())
	if err != nil {
		return err
	}
	if len(looks) != len(all) {
		return fmt.Errorf("%d of %d degraded pictures came back", len(looks), len(all))
	}
	if e.result.Degradations == nil {
		e.result.Degradations = make([]degraded, len(all))
	}
	for i, l := range looks {
		e.result.Degradations[i].add(all[i][0], l)
	}
	return nil
}

func (e *evaluator) list(row labelled, looks []proctor.Look) {
	f := fileResult{Path: row.path, Labelled: row.faces, Looks: len(looks)}
	for _, l := range looks {
		f.Right += one(len(l.Faces) == row.faces)
		f.Outsider += one(saw(l, proctor.CauseOutsider))
		f.NoFace += one(saw(l, proctor.CauseNoFace))
	}
	e.result.Files = append(e.result.Files, f)
}

func (c *clipResult) add(looks []proctor.Look) {
	c.Clips++
	run := 0
	for _, l := range looks {
		c.Frames++
		c.One += one(len(l.Faces) == 1)
		c.NoFace += one(saw(l, proctor.CauseNoFace))
		c.Blurred += one(saw(l, proctor.CauseBlurred))
		c.Covered += one(saw(l, proctor.CauseCovered))
		c.Dark += one(saw(l, proctor.CauseDark))
		if !saw(l, proctor.CauseOutsider) {
			run = 0
			continue
		}
		c.Outside++
		run++
		c.Raised += one(run == candidateLooks)
	}
}

func (g *groupResult) add(row labelled, l proctor.Look) {
	g.Pictures++
	if row.faces >= 0 {
		g.Exact += one(len(l.Faces) == row.faces)
		g.Faces += min(len(l.Faces), max(row.faces, 1)) // more than there are is no merit
		g.Labelled += row.faces
	}
	g.NoFace += one(saw(l, proctor.CauseNoFace))
	g.Outsider += one(saw(l, proctor.CauseOutsider))
	g.Blurred += one(saw(l, proctor.CauseBlurred))
	g.Covered += one(saw(l, proctor.CauseCovered))
	g.Dark += one(saw(l, proctor.CauseDark))
}

func (d *degraded) add(name string, l proctor.Look) {
	d.Name = name
	d.Pictures++
	d.Covered += one(saw(l, proctor.CauseCovered))
	d.Dark += one(saw(l, proctor.CauseDark))
	d.Blurred += one(saw(l, proctor.CauseBlurred))
	d.NoFace += one(saw(l, proctor.CauseNoFace))
	d.Outsider += one(saw(l, proctor.CauseOutsider))
	d.Nothing += one(len(l.Observations) == 0)
}

func saw(l proctor.Look, c proctor.Cause) bool {
	for _, o := range l.Observations {
		if o.Cause == c {
			return true
		}
	}
	return false
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}
