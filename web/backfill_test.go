package web

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"qyragy/proctor"
)

// asks asks for what is missing of a seat with a token.
func (k *kit) asks(seat proctor.SeatID, token string) int {
	k.t.Helper()
	return k.do(request{method: http.MethodGet, path: "/backfill/" + string(seat), header: map[string]string{"Authorization": token}}).status
}

// TestBackfillAuth: only her own token, from her admission to the end of the
// grace after her exam, and without a session.
func TestBackfillAuth(t *testing.T) {
	var ahead time.Duration
	k := newKit(t, func(c *Config) { c.Now = func() time.Time { return time.Now().Add(ahead) } })
	sc := k.scene()
	token := "Bearer " + k.tokens.Issue(sc.seat, false, 10*time.Hour)
	closes := time.Hour // from now on, in a scene
	late, _ := k.sitting(time.Now().Add(-time.Minute), time.Now().Add(time.Hour))
	for _, c := range []struct {
		name   string
		seat   proctor.SeatID
		token  string
		ahead  time.Duration
		status int
	}{
		{"her own", sc.seat, token, 0, 201},
		{"lower case", sc.seat, strings.ToLower(token[:6]) + token[6:], 0, 201},
		{"none", sc.seat, "", 0, 401},
		{"basic", sc.seat, "Basic " + token[7:], 0, 401},
		{"another seat's", sc.other, token, 0, 401},
		{"a machine's", sc.seat, "Bearer " + k.tokens.Issue(sc.seat, true, time.Hour), 0, 401},
		{"not admitted", late, "Bearer " + k.tokens.Issue(late, false, time.Hour), 0, 409},
		{"in the grace", sc.seat, token, closes + proctor.BackfillGrace - time.Minute, 201},
		{"after it", sc.seat, token, closes + proctor.BackfillGrace + time.Minute, 409},
	} {
		ahead = c.ahead
		if got := k.asks(c.seat, c.token); got != c.status {
			t.Errorf("%s: %d, want %d", c.name, got, c.status)
		}
	}
	ahead = 0
	must(t, k.engine.Finish(context.Background(), proctor.SeatActor(sc.seat), sc.seat))
	mine := decode[mySeat](t, k.do(request{method: http.MethodGet, path: "/api/v1/seat", cookie: sc.seatC}))
	if mine.WHIP != nil || mine.Backfill == nil || k.asks(sc.seat, "Bearer "+mine.Backfill.Token) != 201 {
		t.Errorf("after the end: whip %+v, backfill %+v", mine.WHIP, mine.Backfill)
	}
}

// TestReviewAccounts: the review tells where her time went, and marks what her
// own page sent.
func TestReviewAccounts(t *testing.T) {
	k := newKit(t)
	sc := k.scene()
	ctx := context.Background()
	now := time.Now().UTC().Truncate(time.Millisecond)
	_, err := k.engine.BackfillSealed(ctx, proctor.Backfill{Seat: sc.seat, From: now.Add(-time.Second), To: now.Add(time.Hour), SHA256: "cd", Codecs: "vp8"})
	must(t, err)
	must(t, k.engine.RecordingGap(ctx, proctor.Gap{Seat: sc.other, From: now.Add(-time.Minute), To: now.Add(time.Minute), Cause: proctor.GapDevice}))
	boss := k.cookie(proctor.RoleProctor)
	open := decode[review](t, k.do(request{method: http.MethodGet, path: "/api/v1/seats/" + string(sc.seat), cookie: boss}))
	if len(open.Backfills) != 1 || open.Backfills[0].Codecs != "vp8" || open.Account.Settled || open.Account.NotAdmitted < 3590 {
		t.Errorf("review %+v %+v", open.Backfills, open.Account)
	}
	for _, seat := range []proctor.SeatID{sc.seat, sc.other} {
		must(t, k.engine.Finish(ctx, proctor.SeatActor(seat), seat))
		_, err := k.engine.Settle(ctx, seat)
		must(t, err)
		got := decode[review](t, k.do(request{method: http.MethodGet, path: "/api/v1/seats/" + string(seat), cookie: boss})).Account
		sum := got.Recorded + got.Backfilled + got.NotAdmitted + got.Double + got.Gaps[proctor.GapDevice] + got.Gaps[proctor.GapNetwork]
		if !got.Whole || !got.Settled || got.Length-sum > 1 || sum-got.Length > 1 || len(got.Stretches) == 0 || !got.Stretches[0].From.Equal(got.From) {
			t.Errorf("account %+v", got)
		}
	}
}
