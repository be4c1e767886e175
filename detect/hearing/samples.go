package hearing

// Sample is a sound to measure this package with: real software speaks, or
// something sounds that is no speech. ffmpeg makes it.
type Sample struct {
	Name   string
	Speech bool
	Input  []string // ffmpeg's input options
}

func made(graph string) []string { return []string{"-f", "lavfi", "-i", graph} }

const (
	sentences = "The capital of the country was moved in nineteen ninety seven. I think that the second answer is wrong, " +
		"look at the table again. Now write down the number of the formula that we had on Monday and turn the page."
	quietRoom = "anoisesrc=c=pink:a=0.003:r=48000:seed=3"
)

// say has one of ffmpeg's voices speak, louder or softer, beside a noise.
func say(voice, filters, noise string) []string {
	return made("flite=voice=" + voice + ":text='" + sentences + "',aresample=48000" + filters + "[s];" + noise +
		"[n];[s][n]amix=duration=first:normalize=0")
}

// Spoken are samples of speech: four voices, near, far, and beside a fan.
func Spoken() []Sample {
	var out []Sample
	for _, voice := range []string{"slt", "awb", "rms", "kal16"} {
		out = append(out,
			Sample{voice, true, say(voice, "", quietRoom)},
			Sample{voice + ", far (-24 dB, echo)", true, say(voice, ",volume=-24dB,aecho=0.8:0.6:23|41:0.4|0.3", quietRoom)},
			Sample{voice + " beside a fan", true, say(voice, "", "anoisesrc=c=brown:a=0.15:r=48000:seed=5")},
		)
	}
	return out
}

// Sounding are samples of what is no speech.
func Sounding() []Sample {
	return []Sample{
		{"silence", false, made("anullsrc=r=48000:cl=mono,atrim=duration=10")},
		{"quiet room", false, made(quietRoom + ":d=10")},
		{"pink noise", false, made("anoisesrc=d=10:c=pink:a=0.2:r=48000:seed=7")},
		{"white noise", false, made("anoisesrc=d=10:c=white:a=0.1:r=48000:seed=8")},
		{"fan", false, made("anoisesrc=d=10:c=brown:a=0.4:r=48000:seed=9")},
		{"mains hum", false, made("aevalsrc='0.1*(sin(2*PI*50*t)+0.5*sin(2*PI*150*t)+0.3*sin(2*PI*250*t))':d=10:s=48000")},
		{"keyboard", false, made("aevalsrc='0.5*(2*random(0)-1)*exp(-90*mod(t,0.23))':d=10:s=48000")},
		{"knocking", false, made("aevalsrc='0.6*sin(2*PI*160*t)*exp(-25*mod(t,0.6))':d=10:s=48000")},
		{"tone", false, made("sine=f=440:d=10:r=48000")},
		{"beeps", false, made("sine=f=440:b=4:d=10:r=48000")},
		{"chords", false, made("aevalsrc='0.1*(sin(2*PI*(220+20*floor(mod(t\\,4)))*t)+sin(2*PI*277*t)+sin(2*PI*330*t))':d=10:s=48000")},
	}
}
