package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// bus is the NATS server in this process. Local detectors reach it over
// loopback with a token that lives as long as the process.
type bus struct {
	server *natsserver.Server
	conn   *nats.Conn
	token  string
}

func openBus() (*bus, error) {
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
	return "nats://" + b.token + "@" + b.server.Addr().String()
}

// workers is how many detectors are listening.
func (b *bus) workers() int { return b.server.NumClients() - 1 }

func (b *bus) close() {
	b.conn.Close()
	b.server.Shutdown()
	b.server.WaitForShutdown()
}
