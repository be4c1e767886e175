package vision

import (
	"encoding/json"
	"math"

	"qyragy/detect"
)

// memory is what travels from one look at a seat to the next. It is small,
// and any worker can read it; whatever is wrong with it means no memory.
type memory struct {
	Camera int `json:"camera"`
	// Since counts the looks since persons were last looked for, Sought those
	// since objects were; Persons is how many there were.
	Since   int `json:"since"`
	Sought  int `json:"sought"`
	Persons int `json:"persons"`
	// Stirs is how much longer than usual objects are not looked for.
	Stirs int `json:"stirs,omitempty"`
	// Faces is how many faces the last look saw.
	Faces int `json:"faces"`
	// Cells is the scene when all that is wanted was last looked for.
	Cells cells `json:"cells,omitempty"`
	// Counted is the scene when persons were last counted, if later.
	Counted cells `json:"counted,omitempty"`
	// Objects is what the last looks for objects saw.
	Objects sights `json:"objects,omitempty"`
	// Pose is where the face usually turns.
	Pose usualPose `json:"pose,omitzero"`
	// Texture is this camera's usual texture, a slow mean over looks with a
	// face; 0 is not known yet. Luma is the same of brightness.
	Texture float64 `json:"texture"`
	Luma    float64 `json:"luma"`
	// Identity is whether the face was the admitted examinee's.
	Identity familiar `json:"identity,omitzero"`
	// Sharp is how sharp faces usually are, among those that are not blurred.
	Sharp float64 `json:"sharp,omitempty"`
	// Drawn is whether the last look seemed drawn by a program.
	Drawn bool `json:"drawn,omitempty"`
	// Still is the last looks' pictures, for when they recur.
	Still stillness `json:"still,omitzero"`
}

// The share of a new look in the camera's usual texture and brightness.
const usualShare = 0.2

func recall(r detect.LookRequest) memory {
	var m memory
	if json.Unmarshal(r.Memory, &m) != nil || m.Camera != r.Frame.Camera || r.Age == 0 ||
		!m.Identity.valid() || !m.Still.valid() || m.Since < 0 || m.Sought < 0 || m.Stirs < 0 ||
		len(m.Objects) > objectRuns || m.Persons < 0 || m.Faces < 0 ||
		len(m.Cells) > cellColumns*cellRows || len(m.Counted) > cellColumns*cellRows {
		return memory{Camera: r.Frame.Camera}
	}
	return m
}

// counted is the scene when persons were last counted.
func (m memory) counted() cells {
	if len(m.Counted) > 0 {
		return m.Counted
	}
	return m.Cells
}

// learn adds a look that showed a face to what is usual for the camera.
func (m *memory) learn(s *scene) {
	if _, blurred := s.blurredFace(); !blurred {
		if m.Sharp == 0 {
			m.Sharp = s.sharpness
		}
		m.Sharp += usualShare * (s.sharpness - m.Sharp)
	}
	if m.Texture == 0 {
		m.Texture, m.Luma = s.texture, s.luma
		return
	}
	m.Texture += usualShare * (s.texture - m.Texture)
	m.Luma += usualShare * (s.luma - m.Luma)
}

func (m memory) encode() []byte {
	m.Texture, m.Luma, m.Sharp = math.Round(m.Texture*100)/100, math.Round(m.Luma*10)/10, math.Round(m.Sharp*10)/10
	m.Pose.Yaw, m.Pose.Pitch = math.Round(m.Pose.Yaw*100)/100, math.Round(m.Pose.Pitch*100)/100
	b, err := json.Marshal(m)
	if err != nil { // only NaN could, and no measure of pixels is one
		return nil
	}
	return b
}
