package proctor

import (
	"strings"
	"testing"
	"time"
)

func TestVirtualCameras(t *testing.T) {
	p := DefaultPolicy()
	for _, label := range []string{
		"OBS Virtual Camera", "OBS-Camera2", "obs virtual camera (m-de:vice)", "ManyCam Virtual Webcam", "Snap Camera",
		"XSplit VCam", "e2eSoft VCam", "e2eSoft iVCam", "CyberLink YouCam 9", "mmhmm Camera", "Camo", "Reincubate Camo",
		"DroidCam Source 3", "EpocCam Camera", "Dummy video device (0x0000)", "Camera (NVIDIA Broadcast)", "AlterCam Virtual Camera",
		"SplitCam Video Driver", "Logi Capture", "Iriun Webcam", "Unity Video Capture",
	} {
		if !p.virtual(label) {
			t.Errorf("%q passes for a camera", label)
		}
	}
	for _, label := range []string{
		"", "Integrated Camera (04f2:b6d9)", "HD Pro Webcam C920 (046d:082d)", "Logitech BRIO", "FaceTime HD Camera", "Камера",
		"Camouflage HD", "USB2.0 HD UVC WebCam", "fake_device_0", "Lenovo EasyCamera", "Front Camera", "Microsoft® LifeCam HD-3000",
	} {
		if p.virtual(label) {
			t.Errorf("%q passes for a program", label)
		}
	}
	p.VirtualCameras = []string{"BRIO"}
	if !p.virtual("Logitech Brio") || p.virtual("OBS Virtual Camera") {
		t.Error("an exam's own list is not what counts")
	}
}

func TestVirtualCamerasBounds(t *testing.T) {
	for name, list := range map[string][]string{
		"short": {"ca"}, "blank": {"    "}, "long": {strings.Repeat("x", 61)}, "many": make([]string, 101),
	} {
		p := DefaultPolicy()
		p.VirtualCameras = list
		if name == "many" {
			for i := range list {
				list[i] = "camera"
			}
		}
		wantError(t, p.Validate(), Invalid, "policy_virtual_cameras")
	}
}

// The hint goes on while the camera that the page named sends, ends with
// another one, and is there when she was admitted after she had named it.
func TestWatchVirtual(t *testing.T) {
	s := newStand(t, Accommodation{})
	s.run(3, s.flow, func() { s.look() })
	s.report(ReportDevice, "OBS Virtual Camera")
	i := s.want(CauseVirtual)[0]
	if i.Fault || i.Cause.Reason() != "" || i.Peak.Detail != "OBS Virtual Camera" || i.Warned.IsZero() {
		t.Errorf("opened %+v", i)
	}
	s.run(60, s.flow, func() { s.look() })
	if i := s.want(CauseVirtual)[0]; i.State != IncidentOpen {
		t.Errorf("it is %s", i.State)
	}
	s.report(ReportDevice, "HD Webcam")
	s.run(2, s.flow, func() { s.look() })
	if i := s.want(CauseVirtual)[0]; i.State != IncidentClosed {
		t.Errorf("with another camera it is %s", i.State)
	}

	s.report(ReportDevice, "ManyCam")
	s.w = newWatch(DefaultPolicy(), s.state.Seats[testSeat], s.newID, s.at.Add(time.Minute))
	s.wait(time.Minute)
	s.run(1, s.flow)
	if got := s.incidents(); len(got) != 2 || got[1].Cause != CauseVirtual {
		t.Errorf("a camera named before she was watched: %v", got)
	}

	s = newStand(t, Accommodation{Off: []Cause{CauseVirtual}})
	s.report(ReportDevice, "OBS Virtual Camera")
	s.run(10, s.flow, func() { s.look() })
	s.want()
}
