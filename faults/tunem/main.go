// Command tunem joins two network namespaces by a bad network, for a try by
// hand: ip netns add a; ip netns add b; tunem -delay 40ms -loss 0.05 a b.
// Namespace a gets 10.77.0.1, b 10.77.0.2. It needs root.
package main

import (
	"context"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"os/signal"

	"qyragy/faults/link"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "tunem:", err)
		os.Exit(1)
	}
}

func run() error {
	var c link.Conditions
	seed := flag.Uint64("seed", 1, "of its luck")
	flag.DurationVar(&c.Delay, "delay", 0, "one way")
	flag.DurationVar(&c.Jitter, "jitter", 0, "more or less of the delay")
	flag.Float64Var(&c.Loss, "loss", 0, "share of packets lost in each direction")
	flag.Float64Var(&c.Copy, "copy", 0, "share of packets that arrive twice")
	flag.Parse()
	if flag.NArg() != 2 {
		return fmt.Errorf("name two network namespaces")
	}
	end := func(i int) link.End {
		return link.End{Namespace: flag.Arg(i), Device: "tunem", Addr: netip.MustParsePrefix(fmt.Sprintf("10.77.0.%d/24", i+1))}
	}
	l, err := link.Open(end(0), end(1), c, *seed)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	<-ctx.Done()
	fmt.Printf("%d packets, %d lost, %d twice\n", l.Sent.Load(), l.Lost.Load(), l.Copied.Load())
	return l.Close()
}
