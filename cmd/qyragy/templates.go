package main

import (
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"qyragy/acts"
)

// templatesCmd lists the versions of both forms that acts are drawn and read
// under.
type templatesCmd struct{}

// Run writes the list.
func (templatesCmd) Run() error { return listTemplates(os.Stdout) }

func listTemplates(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "VERSION\tBASIS\tDATE\tAUTHOR")
	for _, v := range acts.Templates() {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", v.Version, v.Basis, v.Date, v.Author)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write the templates: %w", err)
	}
	return nil
}
