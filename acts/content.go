// Package acts makes the university's acts, Appendix A of a violation and
// Appendix B of an inspection: it renders the form and its annex as a PDF,
// signs it with the officials' own keys, and verifies it with nothing but the
// file. It keeps no state: the register, the workflow and what an act brings
// about belong to the server.
package acts

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"qyragy/proctor"
)

// Content is what an act says: a Document (Appendix A) or a DocumentB
// (Appendix B).
type Content interface {
	// Validate refuses what no act may hold. An empty form is valid.
	Validate() error
	// JSON is the canonical form, over which the digest is taken.
	JSON() ([]byte, error)
	// Digest is the SHA-256 of JSON: what the signatures are about.
	Digest() [32]byte
	validate(registry) error
	under(registry) (Content, error) // with its template named
	paper(Template) paper
}

var (
	_ Content = Document{}
	_ Content = DocumentB{}
)

// paper is an act as the machinery that both forms share sees it.
type paper struct {
	template  Template
	act       proctor.ActID
	number    string
	version   int
	drawnUp   time.Time
	exam      proctor.ExamID
	examTitle string
	subject   string
	address   string     // where the QR code leads, "" for nowhere
	officials []Official // as the template's roles

	form  func(*sheet) []rect       // draws page 1
	annex func(*annex) error        // draws what this form's annex has of its own
	lines func(say func(...string)) // the form between its title and its signatures

	canon  []byte
	digest [32]byte
}

func newPaper(c Content, g registry) (paper, error) {
	c, err := c.under(g)
	if err != nil {
		return paper{}, err
	}
	canon, err := c.JSON()
	if err != nil {
		return paper{}, err
	}
	p := c.paper(g.of(c))
	p.canon, p.digest = canon, sha256.Sum256(canon)
	return p, nil
}

// of is the version that a content names, which find has found.
func (g registry) of(c Content) Template {
	series, version := "A", ""
	switch c := c.(type) {
	case Document:
		version = c.Template
	case DocumentB:
		series, version = "B", c.Template
	}
	t, _ := g.find(series, version)
	return t
}

// blankName is what stands at the i-th signature for its official's name.
func (p paper) blankName(i int) string {
	name := printable(p.officials[i].Name)
	if name == "" && !p.template.captioned {
		return p.template.words.noName
	}
	return name
}

// verifyText is what the QR code says.
func (p paper) verifyText() string {
	if p.address != "" {
		return p.address + "/" + string(p.act) + "/" + hex.EncodeToString(p.digest[:])
	}
	return "qyragy " + p.number + " " + hex.EncodeToString(p.digest[:])
}

// canonical encodes a content in its normal form.
func canonical(normal any) ([]byte, error) {
	b, err := json.Marshal(normal)
	if err != nil {
		return nil, fmt.Errorf("encode act: %w", err)
	}
	return b, nil
}

func digest(c Content) [32]byte {
	b, err := c.JSON()
	if err != nil {
		return [32]byte{}
	}
	return sha256.Sum256(b)
}

// readContent reads the canonical JSON of either form, which its template
// tells apart.
func readContent(canon []byte, g registry) (Content, error) {
	unreadable := errors.New("the act's content cannot be read")
	var kind struct {
		Template string `json:"template"`
	}
	if json.Unmarshal(canon, &kind) != nil {
		return nil, unreadable
	}
	var c Content
	var err error
	if _, known := g.find("A", kind.Template); kind.Template != "" && known == nil {
		c, err = decoded[Document](canon)
	} else if _, known := g.find("B", kind.Template); kind.Template != "" && known == nil {
		c, err = decoded[DocumentB](canon)
	} else {
		return nil, errors.New("the act's template is unknown")
	}
	if err != nil {
		return nil, unreadable
	}
	if again, err := c.JSON(); err != nil || !bytes.Equal(again, canon) {
		return nil, errors.New("the act's content is not in its canonical form")
	}
	return c, nil
}

func decoded[C Content](canon []byte) (Content, error) {
	var c C
	err := json.Unmarshal(canon, &c)
	return c, err
}
