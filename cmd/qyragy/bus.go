package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"qyragy/detect"
)

// bus is the NATS server in this process, or the way to an outside one. Local
// detectors reach the one inside over loopback with a token that lives as long
// as the process.
type bus struct {
	server  *natsserver.Server // nil when it is outside
	outside string
	conn    *nats.Conn
	token   string
}

func openBus(outside string) (*bus, error) {
	if outside != "" {
		conn, err := nats.Connect(outside, nats.Name("server"), nats.MaxReconnects(-1))
		if err != nil {
			return nil, fmt.Errorf("join the message bus (--nats): %w", err)
		}
		return &bus{outside: outside, conn: conn}, nil
	}
	b := &bus{token: rand.Text()}
	var err error
	b.server, err = natsserver.NewServer(&natsserver.Options{
		ServerName: "qyragy", Host: "127.0.0.1", Port: natsserver.RANDOM_PORT,
		Authorization: b.token, NoSigs: true, NoLog: true, MaxPayload: 16 << 20,
	})
	if err != nil {
		return nil, fmt.Errorf("start the message bus: %w", err)
	}
	b.server.Start()
	if !b.server.ReadyForConnections(5 * time.Second) {
		b.server.Shutdown()
		return nil, errors.New("start the message bus: it is not ready after 5 s")
	}
	b.conn, err = nats.Connect("", nats.InProcessServer(b.server), nats.Token(b.token), nats.Name("server"))
	if err != nil {
		b.server.Shutdown()
		return nil, fmt.Errorf("join the message bus: %w", err)
	}
	return b, nil
}

// url is what local detectors connect to, with the token in it; it is handed
// over in the environment, not on the command line.
func (b *bus) url() string {
	if b.outside != "" {
		return b.outside
	}
	return "nats://" + b.token + "@" + b.server.Addr().String()
}

// workers is how many detectors are listening; only the server inside knows.
func (b *bus) workers() int { return b.server.NumClients() - 1 }

// attended reports whether any detector listens. An outside server is asked
// with a picture that is none: only its absence of listeners counts.
func (b *bus) attended(ctx context.Context) bool {
	if b.server != nil {
		return b.workers() > 0
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	_, err := b.conn.RequestWithContext(ctx, detect.SubjectPicture, []byte("{}"))
	return !errors.Is(err, nats.ErrNoResponders)
}

func (b *bus) close() {
	b.conn.Close()
	if b.server == nil {
		return
	}
	b.server.Shutdown()
	b.server.WaitForShutdown()
}
