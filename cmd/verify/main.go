// Command verify checks an act or an evidence bundle offline, with nothing but
// its file: whether every byte is as the officials signed it and as the journal
// knows it, and who they are.
package main

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"qyragy/acts"
)

// What the command answers with.
const (
	exitWhole    = 0 // whole, signed by all three
	exitTampered = 1 // not what the officials signed, or no act at all
	exitUsage    = 2
	exitUnsigned = 3 // whole, but signatures are missing
)

func main() { os.Exit(run(os.Args[1:], os.Getenv("LANG"), os.Stdout, os.Stderr)) }

// options are the command line's.
type options struct {
	file, root, lang string
	json             bool
	key              string   // of the journal
	nationals, tsas  []string // files of certificates
	crls             []string // files of revocation lists
	origins          []string // the university's pages
	heads, growths   []string // words of the journal from elsewhere, and proofs of them
}

// several is an option that may be given again.
type several struct{ to *[]string }

// String implements flag.Value.
func (s several) String() string { return "" }

// Set implements flag.Value.
func (s several) Set(v string) error {
	*s.to = append(*s.to, v)
	return nil
}

// parse reads the command line; options may stand before or after the file.
func parse(args []string, lang string, stderr io.Writer) (options, error) {
	var o options
	set := flag.NewFlagSet("verify", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.StringVar(&o.root, "root", "", "authority's certificate, `CA.pem`; without it the file's own is taken")
	set.BoolVar(&o.json, "json", false, "print the report as JSON")
	set.StringVar(&o.lang, "lang", "", "`kk`, ru or en (default: $LANG, else kk)")
	set.StringVar(&o.key, "key", "", "the journal's public `key`, or a file with it; without it the bundle's own is taken")
	set.Var(several{&o.heads}, "head", "what the journal has said elsewhere: SIZE:ROOT or a hash, as acts print them, or a checkpoint's `file`; may be repeated")
	set.Var(several{&o.growths}, "growth", "`file` of a proof from /journal/proof that ties a --head to the bundle; may be repeated")
	set.Var(several{&o.nationals}, "national", "a root or intermediate certificate of the national authority, `file`, for signatures by NCALayer; may be repeated")
	set.Var(several{&o.tsas}, "tsa", "certificate of a time stamping service, or of who issued it, `file`; may be repeated")
	set.Var(several{&o.crls}, "crl", "`file` of a revocation list: the university's own, from /authority.crl, or the national authority's; may be repeated")
	set.Var(several{&o.origins}, "origin", "the university's `page` on which officials agree by passkey, such as https://exam.example.kz, for bundles; without it what the bundle says is taken; may be repeated")
	set.Usage = func() {
		fmt.Fprintln(stderr, "usage: verify ACT.pdf [TRUST] [--json] [--lang kk|ru|en]\n       verify BUNDLE.zip [TRUST] [--key KEY] [--head SIZE:ROOT] [--growth PROOF.json] [--origin PAGE] [--json] [--lang kk|ru|en]\nTRUST: [--root CA.pem] [--crl LIST.crl] [--national ROOT.cer] [--tsa TSA.pem]")
		set.PrintDefaults()
	}
	for len(args) > 0 {
		if err := set.Parse(args); err != nil {
			return o, err
		}
		if args = set.Args(); len(args) == 0 {
			break
		}
		if o.file != "" {
			set.Usage()
			return o, errors.New("one file at a time")
		}
		o.file, args = args[0], args[1:]
	}
	if o.lang == "" {
		o.lang = strings.ToLower(lang[:min(2, len(lang))])
		if _, ok := sentences()[o.lang]; !ok {
			o.lang = "kk"
		}
	}
	if _, ok := sentences()[o.lang]; !ok || o.file == "" {
		set.Usage()
		return o, errors.New("usage")
	}
	return o, nil
}

func run(args []string, lang string, stdout, stderr io.Writer) int {
	o, err := parse(args, lang, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return exitWhole
	}
	if err != nil {
		return exitUsage
	}
	against, err := o.trust()
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitUsage
	}
	zip, err := isZIP(o.file)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitUsage
	}
	if zip {
		return runBundle(o, against, stdout, stderr)
	}
	pdf, err := os.ReadFile(o.file)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitUsage
	}
	r, err := acts.VerifyWith(pdf, against)
	if err != nil {
		r.Problems = append(r.Problems, err.Error())
	}
	if o.json {
		err = printJSON(stdout, r, pdf)
	} else {
		err = sentences()[o.lang].print(stdout, r, pdf)
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitTampered // an answer that was not given whole is not a yes
	}
	return verdict(r)
}

func verdict(r acts.Report) int {
	switch {
	case !r.Whole():
		return exitTampered
	case !r.Complete:
		return exitUnsigned
	default:
		return exitWhole
	}
}

func printJSON(w io.Writer, r acts.Report, pdf []byte) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		acts.Report
		Whole  bool   `json:"whole"`
		SHA256 string `json:"sha256"`
	}{r, r.Whole(), fmt.Sprintf("%x", sha256.Sum256(pdf))})
}
