package acts

// Registry is what a test knows of templates.
type Registry struct{ all registry }

// WithNewer adds a version of Appendix A that differs in one sentence.
func WithNewer(version, annulled string) Registry {
	t := TemplateA()
	t.Version, t.words.annulled = version, annulled
	return Registry{append(templates(), t)}
}

// RenderUnder is Render under other versions.
func RenderUnder(c Content, r Registry) ([]byte, error) { return renderUnder(c, r.all) }

// VerifyUnder is VerifyWith under other versions.
func VerifyUnder(pdf []byte, r Registry, o VerifyOptions) (Report, error) {
	o.known = r.all
	return VerifyWith(pdf, o)
}
