package deliver

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"qyragy/proctor"
)

// Webhook posts each delivery as JSON, signed with a shared secret.
type Webhook struct {
	URL    string
	Secret []byte
	Now    func() time.Time // nil: the clock

	client *http.Client
}

// NewWebhook makes one.
func NewWebhook(w Webhook) *Webhook {
	return &Webhook{URL: w.URL, Secret: w.Secret, Now: w.Now, client: newClient()}
}

var _ System = (*Webhook)(nil)

// message is a webhook's body. Nothing in it changes when it is sent again.
type message struct {
	Key       proctor.DeliveryKey    `json:"key"`
	Effect    proctor.Effect         `json:"effect"`
	At        time.Time              `json:"at"`
	Text      string                 `json:"text"`
	Act       proctor.ActID          `json:"act,omitempty"`
	Number    string                 `json:"number,omitempty"`
	Base      proctor.DeliveryKey    `json:"base,omitempty"`
	Exam      messageExam            `json:"exam"`
	Seat      proctor.SeatID         `json:"seat"`
	StudentID string                 `json:"student_id"`
	Enrolment string                 `json:"enrolment,omitempty"`
	Score     *proctor.AnnulledScore `json:"score,omitempty"`
	Retake    *bool                  `json:"retake,omitempty"`
	Times     *proctor.Times         `json:"times,omitempty"`
}

type messageExam struct {
	ID         proctor.ExamID   `json:"id"`
	Title      string           `json:"title"`
	Discipline string           `json:"discipline"`
	Kind       proctor.ExamKind `json:"kind"`
	Opens      time.Time        `json:"opens"`
	Closes     time.Time        `json:"closes"`
}

func messageOf(x Item) message {
	m := message{
		Key: x.Key, Effect: x.Effect, At: x.At, Text: sentence(x), Act: x.Act, Number: x.Number, Base: x.Base,
		Exam: messageExam{x.Of.ID, x.Of.Title, x.Of.Discipline, x.Of.Kind, x.Of.Opens, x.Of.Closes},
		Seat: x.Seat, StudentID: x.Examinee.StudentID, Enrolment: x.User.Enrolment, Score: x.Score, Times: x.Times,
	}
	if x.Effect == proctor.EffectAnnul {
		m.Retake = &x.Record.Retake
	}
	return m
}

// Sign is the signature of a webhook's body: hex HMAC-SHA256, keyed with the
// secret, of the decimal Unix time, a full stop and the body.
func Sign(secret []byte, unix string, body []byte) string {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(unix + "."))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// Deliver implements System. Any 2xx is an acknowledgement.
func (w *Webhook) Deliver(ctx context.Context, x Item) (Receipt, error) {
	body, err := json.Marshal(messageOf(x))
	if err != nil {
		return Receipt{}, err
	}
	now := time.Now
	if w.Now != nil {
		now = w.Now
	}
	unix := strconv.FormatInt(now().Unix(), 10)
	got, err := ask(ctx, w.client, http.MethodPost, w.URL, "application/json", string(body), map[string]string{
		"Idempotency-Key": string(x.Key), "Qyragy-Timestamp": unix, "Qyragy-Signature": "v1=" + Sign(w.Secret, unix, body),
	})
	if err != nil {
		return Receipt{}, err
	}
	switch {
	case got.status == http.StatusConflict: // the same key is being worked on
		return Receipt{}, failed(proctor.FailUnavailable, "HTTP 409 %s", excerpt(got.body))
	case got.status/100 == 3:
		return Receipt{}, failed(proctor.FailRefused, "HTTP %d: redirects are not followed", got.status)
	}
	if err := got.check(); err != nil {
		return Receipt{}, err
	}
	var said struct {
		Reference string `json:"reference"`
	}
	_ = json.Unmarshal(got.body, &said) // an empty answer is as good
	return Receipt{Reference: said.Reference}, nil
}
