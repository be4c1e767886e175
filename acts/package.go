package acts

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"embed"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"time"

	"qyragy/acts/gost"
	"qyragy/proctor"
)

// Package is an act as a document-management system takes it over (clause
// 7.5): a ZIP with the signed file, what it says of itself for machines, each
// signature apart, and a list of the files that the register's own key signs.
type Package struct {
	PDF []byte
	Act proctor.Act
	// Examinees are those whom it concerns.
	Examinees []proctor.Examinee
	ExamTitle string
	// Scans are the prints that were signed by hand, by their names in the
	// package ("scans/2-engineer.pdf").
	Scans map[string][]byte
	// National are the national authority's certificates that NCALayer's
	// signatures lead to, as far as they are known.
	National []*gost.Certificate
	// By is who is given it, and At when.
	By string
	At time.Time
	// Roots are whom its signatures must lead to; the first goes into it.
	Roots []*x509.Certificate
}

//go:embed package.txt
var packageText embed.FS

// The names of a package's own files.
const (
	ManifestName = "manifest.sha256"
	SealName     = "manifest.sha256.p7s"
	nationalName = "national.pem"
)

// PackageName is what a package's file is called.
func (p Package) PackageName() string { return p.Act.Number + ".zip" }

// packed is one file of a package.
type packed struct {
	name string
	data []byte
}

// Seal makes the package, its list of files signed by s, and returns the
// list's SHA-256 in hex beside it. It refuses an act that is not whole or is
// another than it is said to be.
func (p Package) Seal(s Signer) (file []byte, manifest string, err error) {
	report, err := Verify(p.PDF, p.Roots...)
	if err != nil {
		return nil, "", err
	}
	if !report.Whole() || report.Act != p.Act.ID || report.Digest != p.Act.Document.Digest {
		return nil, "", fmt.Errorf("package act %s: its file does not verify: %v", p.Act.ID, report.Problems)
	}
	parts, err := extract(p.PDF, report, len(p.National) > 0)
	if err != nil {
		return nil, "", fmt.Errorf("package act %s: %w", p.Act.ID, err)
	}
	files := []packed{{p.Act.Number + ".pdf", p.PDF}, {"authority.pem", CertificatePEM(p.Roots[0])}}
	for _, x := range parts {
		files = append(files, packed{x.File, x.der})
	}
	if len(p.National) > 0 {
		files = append(files, packed{nationalName, nationalPEM(p.National)})
	}
	for name, data := range p.Scans {
		files = append(files, packed{name, data})
	}
	said, err := p.metadata(report, parts)
	if err != nil {
		return nil, "", err
	}
	files = append(files, packed{"act.json", said})
	readme, err := p.readme(parts)
	if err != nil {
		return nil, "", err
	}
	files = append(files, packed{"README.txt", readme})
	return seal(files, s, p.At)
}

// seal adds the list of files and its signature, and zips all.
func seal(files []packed, s Signer, at time.Time) ([]byte, string, error) {
	slices.SortFunc(files, func(a, b packed) int { return strings.Compare(a.name, b.name) })
	var list []byte
	for _, f := range files {
		list = fmt.Appendf(list, "%x  %s\n", sha256.Sum256(f.data), f.name)
	}
	signature, err := SignDetached(list, s)
	if err != nil {
		return nil, "", err
	}
	files = append(files, packed{ManifestName, list}, packed{SealName, signature})
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: at.UTC()})
		if err == nil {
			_, err = w.Write(f.data)
		}
		if err != nil {
			return nil, "", fmt.Errorf("pack %s: %w", f.name, err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, "", fmt.Errorf("pack: %w", err)
	}
	return out.Bytes(), fmt.Sprintf("%x", sha256.Sum256(list)), nil
}

// SignDetached signs bytes of any kind: a CMS (RFC 5652) in DER without them,
// in the shape of the acts' own signatures.
func SignDetached(data []byte, s Signer) ([]byte, error) {
	if err := usable(s); err != nil {
		return nil, err
	}
	return signCMS(sha256.Sum256(data), s, nil)
}

// nationalPEM writes the national authority's certificates one after another.
func nationalPEM(all []*gost.Certificate) (out []byte) {
	for _, c := range all {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return out
}

// packageJSON is act.json: what a machine files the act by.
type packageJSON struct {
	Format      string             `json:"format"`
	Number      string             `json:"number"`
	Act         proctor.ActID      `json:"act"`
	Appendix    proctor.Appendix   `json:"appendix"`
	Title       string             `json:"title"`
	Template    string             `json:"template"`
	Version     int                `json:"version"`
	State       proctor.ActState   `json:"state"`
	DrawnUp     time.Time          `json:"drawn_up"`
	InForce     time.Time          `json:"in_force,omitzero"`
	Exam        proctor.ExamID     `json:"exam"`
	ExamTitle   string             `json:"exam_title"`
	Discipline  string             `json:"discipline"`
	Examinees   []proctor.Examinee `json:"examinees"`
	Reasons     []proctor.Reason   `json:"reasons,omitempty"`
	Decision    proctor.Decision   `json:"decision,omitempty"`
	Digest      string             `json:"content_sha256"`
	SHA256      string             `json:"pdf_sha256"`
	Size        int                `json:"pdf_size"`
	Authority   string             `json:"authority_sha256"`
	Signatures  []packageSignature `json:"signatures"`
	Complete    bool               `json:"complete"`
	Filed       *proctor.Filing    `json:"filed,omitempty"`
	GivenTo     string             `json:"given_to"`
	Given       time.Time          `json:"given"`
	Description string             `json:"description"`
}

// packageSignature is one of act.json's.
type packageSignature struct {
	detached
	Name        string                  `json:"name"`
	Login       proctor.Login           `json:"login"`
	Method      proctor.SignatureMethod `json:"method"`
	At          time.Time               `json:"at"`
	Stamped     time.Time               `json:"stamped,omitzero"`
	Attested    string                  `json:"attested_by,omitempty"`
	Scan        string                  `json:"scan_sha256,omitempty"`
	Subject     string                  `json:"subject,omitempty"`
	Algorithm   string                  `json:"algorithm,omitempty"`
	Certificate string                  `json:"certificate_sha256"`
}

// metadata is act.json. Who signed how is what the file itself shows.
func (p Package) metadata(r Report, parts []detached) ([]byte, error) {
	a, root := p.Act, sha256.Sum256(p.Roots[0].Raw)
	form := TemplateA()
	discipline := r.Document.Discipline
	if a.Kind() == proctor.AppendixB {
		form, discipline = TemplateB(), r.DocumentB.Discipline
	}
	out := packageJSON{
		Format: "qyragy-act-package-1", Number: a.Number, Act: a.ID, Appendix: a.Kind(), Title: form.title, Template: r.Template,
		Version: a.Version, State: a.State, DrawnUp: a.DrawnUp, InForce: a.InForce, Exam: a.Exam, ExamTitle: p.ExamTitle, Discipline: discipline,
		Examinees: p.Examinees, Reasons: a.Reasons, Digest: r.Digest, SHA256: fmt.Sprintf("%x", sha256.Sum256(p.PDF)), Size: len(p.PDF),
		Authority: hex.EncodeToString(root[:]), Complete: r.Complete, Filed: a.Filed, GivenTo: p.By, Given: p.At.UTC(),
		Description: "see README.txt", Signatures: []packageSignature{},
	}
	if a.Inspection != nil {
		out.Decision = a.Inspection.Code
	}
	for i, x := range parts {
		s := r.Signatures[i]
		out.Signatures = append(out.Signatures, packageSignature{
			detached: x, Name: s.Name, Login: s.Login, Method: s.Method, At: s.At, Stamped: s.Stamped, Attested: s.AttesterName,
			Scan: s.Scan, Subject: s.Subject, Algorithm: s.Algorithm, Certificate: s.Fingerprint,
		})
	}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("describe act: %w", err)
	}
	return append(b, '\n'), nil
}

// readme says in three languages what the files are and how to check them.
func (p Package) readme(parts []detached) ([]byte, error) {
	t, err := template.ParseFS(packageText, "package.txt")
	if err != nil {
		return nil, fmt.Errorf("read the package's text: %w", err)
	}
	var b bytes.Buffer
	err = t.Execute(&b, struct {
		Number   string
		Manifest string
		Seal     string
		Parts    []detached
	}{p.Act.Number, ManifestName, SealName, parts})
	if err != nil {
		return nil, fmt.Errorf("write the package's text: %w", err)
	}
	return b.Bytes(), nil
}
