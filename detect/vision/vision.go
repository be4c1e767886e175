// Package vision looks at pictures: it decodes a seat's key frames, measures
// them with OpenCV, runs the networks on them with ONNX Runtime and says what
// is there to be seen. It is imported by cmd/detector alone, because a frame
// that crashes a decoder or OpenCV must take nothing with it but that process.
//
// It accuses nobody and remembers nobody: what a look needs to know of the
// looks before it travels with the request (detect.LookRequest.Memory).
package vision

import (
	"errors"
	"fmt"
	"strings"

	"qyragy/models"
)

// Version of this package's rules; it is part of Look.Detector, because a
// changed threshold is a changed detector.
const Version = "0.4"

// Vision holds the networks. All its methods but Close may be called from
// several goroutines at once; each call works on one core.
type Vision struct {
	detection *network
	mesh      *network
	embedding *network
	nanodet   *network
	name      string
}

// New checks the files in modelsDir against the manifest and loads them. Every
// Vision of a process shares the ONNX Runtime library of the first.
func New(modelsDir string) (*Vision, error) {
	manifest, err := models.Load()
	if err != nil {
		return nil, err
	}
	if err := manifest.Check(modelsDir); err != nil {
		return nil, err
	}
	if err := startRuntime(modelsDir, manifest); err != nil {
		return nil, err
	}
	v := &Vision{}
	if err := v.load(modelsDir, manifest); err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
}

func (v *Vision) load(dir string, m models.Manifest) error {
	name := []string{"qyragy-detector/" + Version}
	for _, n := range []struct {
		to      **network
		role    string
		name    string
		outputs []output
	}{
		{&v.detection, "face", models.FaceDetection, []output{{"faces", grid(faceCell, faceValues)}}},
		{&v.mesh, "mesh", models.FaceMesh, []output{{"flag", always(1, 1)}, {"points", always(1, 3*meshPoints)}}},
		{&v.embedding, "identity", models.FaceEmbedding, []output{{"emb", always(1, embeddingSize)}}},
		{&v.nanodet, "object", models.NanoDet, nanodetOutputs()},
	} {
		a, err := m.Find(n.name)
		if err != nil {
			return err
		}
		if *n.to, err = loadNetwork(dir, a, n.outputs...); err != nil {
			return err
		}
		name = append(name, fmt.Sprintf("%s=%s@%s", n.role, a.Name, a.Version()))
	}
	v.name = strings.Join(name, " ")
	return nil
}

// Name says which rules and which networks look, with the first eight hex
// digits of each network's SHA-256.
func (v *Vision) Name() string { return v.name }

// Close frees the networks. No other method may run or be called afterwards.
func (v *Vision) Close() error {
	return errors.Join(v.detection.close(), v.mesh.close(), v.embedding.close(), v.nanodet.close())
}
