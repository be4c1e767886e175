// Build bundles the pages into web/dist with esbuild, as a library: no Node is
// needed for it beyond the packages that `npm ci` unpacks. Run it from web/:
//
//	go run ./ui/build.go        bundle into dist/
//	go run ./ui/build.go test   bundle ui/test and run it with node
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

const page = `<!doctype html>
<html lang="kk">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Qyragy</title>
<link rel="icon" href="data:,">
%s</head>
<body><div id="app"></div></body>
</html>
`

func main() {
	run := build
	if len(os.Args) > 1 && os.Args[1] == "test" {
		run = test
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "ui:", err)
		os.Exit(1)
	}
}

// build writes dist/assets, with hashes in the names, and dist/index.html.
func build() error {
	if err := os.RemoveAll("dist/assets"); err != nil {
		return err
	}
	files, err := bundle(api.BuildOptions{
		EntryPoints:       []string{"ui/src/main.tsx"},
		Outdir:            "dist/assets",
		EntryNames:        "[name]-[hash]",
		Format:            api.FormatESModule,
		Target:            api.ES2020,
		MinifySyntax:      true,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		LegalComments:     api.LegalCommentsNone,
	})
	if err != nil {
		return err
	}
	var tags strings.Builder
	for _, f := range files {
		url := "/assets/" + filepath.Base(f.Path)
		if strings.HasSuffix(url, ".css") {
			fmt.Fprintf(&tags, "<link rel=\"stylesheet\" href=%q>\n", url)
		} else {
			fmt.Fprintf(&tags, "<script type=\"module\" src=%q></script>\n", url)
		}
	}
	return os.WriteFile("dist/index.html", fmt.Appendf(nil, page, tags.String()), 0o644)
}

// test bundles ui/test/*.test.ts for node and runs them.
func test() error {
	entries, err := filepath.Glob("ui/test/*.test.ts")
	if err != nil || len(entries) == 0 {
		return errors.Join(err, errors.New("no tests found; run from web/"))
	}
	dir, err := os.MkdirTemp("", "ui-test")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	files, err := bundle(api.BuildOptions{
		EntryPoints:  entries,
		Outdir:       dir,
		OutExtension: map[string]string{".js": ".mjs"},
		Format:       api.FormatESModule,
		Platform:     api.PlatformNode,
		Target:       api.ES2022,
	})
	if err != nil {
		return err
	}
	args := []string{"--test"}
	for _, f := range files {
		args = append(args, f.Path)
	}
	node := exec.Command("node", args...)
	node.Stdout, node.Stderr = os.Stdout, os.Stderr
	return node.Run()
}

func bundle(o api.BuildOptions) ([]api.OutputFile, error) {
	o.Bundle, o.Write = true, true
	o.JSX, o.JSXImportSource = api.JSXAutomatic, "preact"
	o.LogLevel = api.LogLevelWarning
	result := api.Build(o)
	if len(result.Errors) > 0 {
		return nil, fmt.Errorf("%d errors, the first: %s", len(result.Errors), result.Errors[0].Text)
	}
	return result.OutputFiles, nil
}
