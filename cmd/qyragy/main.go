// Command qyragy is the server: it wires the domain, the journal, the media
// engine, the detectors, the acts and the web together and keeps no rules of
// its own.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set by the build.
var version = "dev"

type cli struct {
	Serve   serveCmd         `cmd:"" default:"withargs" help:"Run the server (the default)."`
	Doctor  doctorCmd        `cmd:"" help:"Check the journal's chain, the store's locks, the models, disk, clock and ports."`
	Account accountCmd       `cmd:"" help:"Create, list and change the accounts of staff."`
	Migrate migrateCmd       `cmd:"" help:"Bring the journal's database to this version and stop."`
	Act     actCmd           `cmd:"" help:"Work with acts without a running server."`
	Version kong.VersionFlag `help:"Print the version."`
}

func main() {
	var c cli
	k := kong.Parse(&c, kong.Name("qyragy"), kong.UsageOnError(), kong.Vars{"version": version},
		kong.Description("Online exam proctoring: cameras in, recordings, candidates and signed acts out."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the process at once; what was written is recovered.
	context.AfterFunc(ctx, stop)
	k.BindTo(ctx, (*context.Context)(nil))
	if err := k.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "qyragy:", err)
		os.Exit(1)
	}
}
