package proctor

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of Policy.VirtualCameras: how many names, and how long each is,
// in characters. A shorter name would be found in too many.
const (
	virtualCameras = 100
	virtualShort   = 3
	virtualLong    = 60
)

// DefaultVirtualCameras are words of the names that programs give the cameras
// they make up, and phones the ones they lend, in lower case.
func DefaultVirtualCameras() []string {
	return []string{
		"virtual camera", "virtual webcam", "virtual cam", "virtualcam", "virtual video", "obs-camera", "obs camera",
		"manycam", "snap camera", "xsplit", "vcam", "youcam", "mmhmm", "camo",
		"droidcam", "droidcamx", "epoccam", "epoccamhd", "ivcam", "iriun", "dummy video device", "v4l2loopback", "v4l2 loopback", "akvcam",
		"nvidia broadcast", "altercam", "splitcam", "sparkocam", "logi capture", "webcamoid", "webcammax", "camtwist",
		"chromacam", "finecam", "unity video capture", "ndi webcam", "ndi video", "newtek ndi", "vmix video", "streamlabs",
		"prism live", "prismlive", "avatarify", "facerig", "animaze", "deepfacelive", "vtubestudiocam", "camerafi",
		"screen capture", "screen-capture",
	}
}

// virtual reports whether a camera's name is a program's.
func (p Policy) virtual(label string) bool {
	names := p.VirtualCameras
	if len(names) == 0 {
		names = DefaultVirtualCameras()
	}
	label = strings.ToLower(label)
	return slices.ContainsFunc(names, func(n string) bool { return hasWord(label, strings.ToLower(strings.TrimSpace(n))) })
}

// hasWord reports whether word stands in text with no letter beside it.
func hasWord(text, word string) bool {
	for word != "" {
		before, after, found := strings.Cut(text, word)
		if !found {
			return false
		}
		left, _ := utf8.DecodeLastRuneInString(before)
		right, _ := utf8.DecodeRuneInString(after)
		if !unicode.IsLetter(left) && !unicode.IsLetter(right) {
			return true
		}
		text = after
	}
	return false
}

// validVirtual refuses a list of names that would find every camera.
func (p Policy) validVirtual() error {
	if len(p.VirtualCameras) > virtualCameras {
		return Errorf(Invalid, "policy_virtual_cameras")
	}
	for _, n := range p.VirtualCameras {
		if k := utf8.RuneCountInString(strings.TrimSpace(n)); k < virtualShort || k > virtualLong || !utf8.ValidString(n) {
			return Errorf(Invalid, "policy_virtual_cameras")
		}
	}
	return nil
}
