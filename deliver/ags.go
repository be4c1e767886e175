package deliver

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"qyragy/proctor"
)

// The scopes and media types of LTI Assignment and Grade Services 2.0.
const (
	scopeScore  = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
	scopeResult = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
	typeScore   = "application/vnd.ims.lis.v1.score+json"
	typeResults = "application/vnd.ims.lis.v2.resultcontainer+json"
)

// AGSConfig is what an AGS needs.
type AGSConfig struct {
	// Platform is the beginning of every line item's address, "https://moodle.example.kz":
	// the access token is sent nowhere else.
	Platform string
	TokenURL string
	ClientID string
	KeyID    string
	Key      *rsa.PrivateKey
	Now      func() time.Time // nil: the clock
}

// AGS delivers scores to an LTI 1.3 platform's line item (Assignment and Grade
// Services 2.0). It can touch no other grade than its own line item's, and no
// times.
type AGS struct {
	AGSConfig
	client *http.Client

	mu      sync.Mutex
	token   string // the newest access token, "" for none
	expires time.Time
}

// NewAGS makes one.
func NewAGS(c AGSConfig) *AGS { return &AGS{AGSConfig: c, client: newClient()} }

var (
	_ System = (*AGS)(nil)
	_ Looker = (*AGS)(nil)
)

func (a *AGS) now() time.Time {
	if a.Now != nil {
		return a.Now().UTC()
	}
	return time.Now().UTC()
}

// held is a result as it was before the annulment.
type held struct {
	Score   *float64 `json:"score"`
	Maximum float64  `json:"maximum,omitempty"`
	Comment string   `json:"comment,omitempty"`
}

// Look implements Looker: the result before the annulment. A platform that
// shows none to this tool is no obstacle; a restoration then clears.
func (a *AGS) Look(ctx context.Context, x Item) (string, error) {
	if x.Effect != proctor.EffectAnnul {
		return "", nil
	}
	item, err := a.lineItem(x, "results")
	if err != nil {
		return "", err
	}
	q := item.Query()
	q.Set("user_id", x.User.LTIUser)
	item.RawQuery = q.Encode()
	got, err := a.call(ctx, http.MethodGet, item.String(), "", "", map[string]string{"Accept": typeResults})
	if err != nil {
		return "", err
	}
	switch got.status {
	case http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed:
		return "", nil
	}
	if err := got.check(); err != nil {
		return "", err
	}
	var list []struct {
		UserID  string   `json:"userId"`
		Score   *float64 `json:"resultScore"`
		Maximum float64  `json:"resultMaximum"`
		Comment string   `json:"comment"`
	}
	if json.Unmarshal(got.body, &list) != nil || list == nil { // it is not known that there was none
		return "", failed(proctor.FailUnavailable, "the present result cannot be read")
	}
	h := held{}
	for _, r := range list {
		if r.UserID == x.User.LTIUser {
			h = held{r.Score, r.Maximum, excerpt([]byte(r.Comment))}
		}
	}
	b, err := json.Marshal(h)
	return string(b), err
}

// score is the body of a score post.
type score struct {
	UserID           string   `json:"userId"`
	ScoreGiven       *float64 `json:"scoreGiven,omitempty"`
	ScoreMaximum     float64  `json:"scoreMaximum,omitempty"`
	Comment          string   `json:"comment,omitempty"`
	Timestamp        string   `json:"timestamp"`
	ActivityProgress string   `json:"activityProgress"`
	GradingProgress  string   `json:"gradingProgress"`
}

// scoreOf is what to post. A value counts only if FullyGraded; without one the
// platform clears what it has.
func scoreOf(x Item) score {
	out := score{UserID: x.User.LTIUser, Comment: sentence(x), ActivityProgress: "Completed", GradingProgress: "NotReady"}
	give := func(v, maximum float64) {
		out.ScoreGiven, out.ScoreMaximum, out.GradingProgress = &v, maximum, "FullyGraded"
	}
	switch {
	case x.Effect == proctor.EffectAnnul && !x.Score.Blank:
		give(x.Score.Value, x.Score.Maximum)
	case x.Effect == proctor.EffectRestore:
		var h held
		if json.Unmarshal([]byte(x.Before), &h) == nil && h.Score != nil {
			maximum := h.Maximum
			if maximum <= 0 {
				maximum = max(1, *h.Score)
			}
			give(*h.Score, maximum)
		}
	}
	return out
}

// Deliver implements System.
func (a *AGS) Deliver(ctx context.Context, x Item) (Receipt, error) {
	if x.Effect == proctor.EffectTimes {
		return Receipt{}, failed(proctor.FailRefused, "AGS knows scores only")
	}
	item, err := a.lineItem(x, "scores")
	if err != nil {
		return Receipt{}, err
	}
	body, at := scoreOf(x), a.now()
	got, err := a.post(ctx, item.String(), body, at)
	if err == nil && got.status == http.StatusConflict {
		// Moodle wants a timestamp newer, by whole seconds, than what it has;
		// its clock may be ahead of ours.
		if theirs, e := http.ParseTime(got.header.Get("Date")); e == nil && theirs.After(at) {
			at = theirs
		}
		got, err = a.post(ctx, item.String(), body, at.Add(2*time.Second))
	}
	if err != nil {
		return Receipt{}, err
	}
	if err := got.check(); err != nil {
		return Receipt{}, err
	}
	var said struct {
		Result string `json:"resultUrl"`
	}
	_ = json.Unmarshal(got.body, &said) // most platforms say nothing
	return Receipt{Reference: said.Result}, nil
}

func (a *AGS) post(ctx context.Context, address string, s score, at time.Time) (answer, error) {
	s.Timestamp = at.Format("2006-01-02T15:04:05.000Z07:00")
	b, err := json.Marshal(s)
	if err != nil {
		return answer{}, err
	}
	return a.call(ctx, http.MethodPost, address, typeScore, string(b), nil)
}

// lineItem is the address of a part of the exam's line item. Moodle's has a
// query, which stays behind the part.
func (a *AGS) lineItem(x Item, part string) (*url.URL, error) {
	if x.Record.LineItem == "" {
		return nil, failed(proctor.FailUnlinked, "the exam has no line item")
	}
	if x.User.LTIUser == "" {
		return nil, failed(proctor.FailUnlinked, "the examinee has no LTI user")
	}
	u, err := url.Parse(x.Record.LineItem)
	home, e := url.Parse(a.Platform)
	if err != nil || e != nil || u.Scheme != home.Scheme || u.Host != home.Host || !strings.HasPrefix(u.Path, home.Path) {
		return nil, failed(proctor.FailUnlinked, "the line item is not the platform's")
	}
	u.Path = strings.TrimSuffix(u.Path, "/") + "/" + part
	return u, nil
}

// call makes a request with an access token, with a new one if the platform no
// longer accepts it.
func (a *AGS) call(ctx context.Context, method, address, contentType, body string, header map[string]string) (answer, error) {
	for again := false; ; again = true {
		token, err := a.access(ctx, again)
		if err != nil {
			return answer{}, err
		}
		h := map[string]string{"Authorization": "Bearer " + token}
		for k, v := range header {
			h[k] = v
		}
		got, err := ask(ctx, a.client, method, address, contentType, body, h)
		got = got.conceal(token)
		if err != nil || got.status != http.StatusUnauthorized || again {
			return got, err
		}
	}
}

// access is an access token by client credentials (RFC 6749 §4.4, RFC 7523;
// 1EdTech Security Framework 1.0 §4.1).
func (a *AGS) access(ctx context.Context, fresh bool) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	if !fresh && a.token != "" && now.Before(a.expires) {
		return a.token, nil
	}
	a.token = ""
	assertion, err := a.assertion(now)
	if err != nil {
		return "", err
	}
	form := url.Values{
		"grant_type":            {"client_credentials"},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion":      {assertion},
		"scope":                 {scopeScore + " " + scopeResult},
	}
	got, err := ask(ctx, a.client, http.MethodPost, a.TokenURL, "application/x-www-form-urlencoded", form.Encode(), nil)
	if err != nil {
		return "", err
	}
	if got.status == http.StatusBadRequest { // OAuth's status for wrong credentials
		return "", failed(proctor.FailUnauthorized, "HTTP 400 %s", excerpt(got.conceal(assertion).body))
	}
	if err := got.check(); err != nil {
		return "", err
	}
	var t struct {
		Token   string  `json:"access_token"`
		Expires float64 `json:"expires_in"`
	}
	if json.Unmarshal(got.body, &t) != nil || t.Token == "" {
		return "", failed(proctor.FailUnavailable, "no access token in the platform's answer")
	}
	life := min(time.Duration(t.Expires)*time.Second, time.Hour)
	a.token, a.expires = t.Token, now.Add(life-30*time.Second)
	return a.token, nil
}

// assertion is a JWT (RFC 7519), signed RS256, that says who asks.
func (a *AGS) assertion(now time.Time) (string, error) {
	part := func(v any) (string, error) {
		b, err := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(b), err
	}
	head, err := part(map[string]string{"alg": "RS256", "typ": "JWT", "kid": a.KeyID})
	if err != nil {
		return "", err
	}
	claims, err := part(map[string]any{
		"iss": a.ClientID, "sub": a.ClientID, "aud": a.TokenURL,
		"iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "jti": rand.Text(),
	})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(head + "." + claims))
	sig, err := rsa.SignPKCS1v15(rand.Reader, a.Key, crypto.SHA256, sum[:])
	if err != nil {
		return "", failed(proctor.FailUnauthorized, "the tool's key cannot sign")
	}
	return head + "." + claims + "." + base64.RawURLEncoding.EncodeToString(sig), nil
}
