package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"qyragy/acts"
	"qyragy/proctor"
	"qyragy/proctor/journal"
	"qyragy/web"
)

// demoFile is demo.json, as docs/PROTOCOL.md describes it.
type demoFile struct {
	BaseURL string     `json:"base_url"`
	Seats   []demoSeat `json:"seats"`
	Users   []demoUser `json:"users"`
}

type demoSeat struct {
	ID          proctor.SeatID `json:"id"`
	ExamineeURL string         `json:"examinee_url"`
	WHIPURL     string         `json:"whip_url"`
	WHIPToken   string         `json:"whip_token"`
}

type demoUser struct {
	Role     proctor.Role  `json:"role"`
	Name     string        `json:"name"`
	Login    proctor.Login `json:"login"`
	Password string        `json:"password"`
}

const (
	demoName     = "demo.json"
	demoPassword = "demo-qyragy" // a demo's; a real account's is set by its owner
	keyLife      = 2 * 365 * 24 * time.Hour
	examLength   = 8 * time.Hour
)

// demoStaff is the demo university's testing centre. The names are invented.
func demoStaff() []demoUser {
	return []demoUser{
		{proctor.RoleProctor, "Сәрсенова Айгүл Бекқызы", "proctor", demoPassword},
		{proctor.RoleSpecialist, "Жақсыбекова Меруерт Асқарқызы", "specialist", demoPassword},
		{proctor.RoleEngineer, "Оспанов Ерлан Қайратұлы", "engineer", demoPassword},
		{proctor.RoleHead, "Нұрғалиева Гүлнар Серікқызы", "head", demoPassword},
		{proctor.RoleRegistrar, "Әбдірахманова Ләззат Маратқызы", "registrar", demoPassword},
		{proctor.RoleAdmin, "Төлеуов Данияр Ғаниұлы", "admin", demoPassword},
	}
}

func demoExaminee(n int) proctor.Examinee {
	names := []string{
		"Қасымова Аружан Ержанқызы", "Әлиева Дана Нұрланқызы", "Ысқақова Іңкәр Өмірқызы",
		"Смағұлова Жанель Қуанышқызы", "Төлегенова Үміт Ғалымқызы", "Бөкенова Һадиша Ринатқызы",
	}
	name := names[n%len(names)]
	if n >= len(names) {
		name = fmt.Sprintf("%s (%d)", name, n/len(names)+1)
	}
	return proctor.Examinee{
		StudentID: fmt.Sprintf("2026-%04d", n+1), Name: name,
		Specialty: "6B01701 – Қазақ тілі мен әдебиеті", Group: fmt.Sprintf("ҚТӘ-%d", 21+n%4),
	}
}

// seedDemo makes a demo university of n seats once and returns it; later
// starts read it back. An exam that has ended is followed by a new one.
func (s *server) seedDemo(ctx context.Context, n int) (demoFile, error) {
	path := filepath.Join(s.cfg.Data, demoName)
	old, err := readDemo(path)
	if err != nil {
		return old, err
	}
	if old.BaseURL == s.base && len(old.Seats) >= n && s.seatsOpen(old) {
		return old, s.freshen(path, &old)
	}
	f := demoFile{BaseURL: s.base, Users: demoStaff()}
	if len(old.Seats) == 0 {
		if err := s.refuseRealStaff(ctx); err != nil {
			return f, err
		}
	}
	if err := s.hireDemoStaff(ctx); err != nil {
		return f, err
	}
	exam, err := s.engine.ScheduleExam(ctx, proctor.ActorDemo, demoExam(time.Now()))
	if err != nil {
		return f, fmt.Errorf("seed the demo: %w", err)
	}
	for i := range n {
		id, token, err := s.engine.AssignSeat(ctx, proctor.ActorDemo, exam.ID, demoExaminee(i), proctor.Accommodation{})
		if err != nil {
			return f, fmt.Errorf("seed the demo: %w", err)
		}
		f.Seats = append(f.Seats, demoSeat{
			ID: id, ExamineeURL: s.base + "/exam#" + token, WHIPURL: s.base + "/whip/" + string(id),
		})
	}
	if err := s.enrolDemo(ctx, f); err != nil {
		return f, err
	}
	return f, s.freshen(path, &f)
}

func demoExam(now time.Time) proctor.Exam {
	return proctor.Exam{
		Title: "Қысқы емтихан сессиясы", Discipline: "Қазіргі қазақ тілі",
		Kind: proctor.SessionExam, Form: proctor.TestComplex,
		Opens: now.UTC().Truncate(time.Minute), Closes: now.Add(examLength).UTC().Truncate(time.Minute),
	}
}

func readDemo(path string) (f demoFile, err error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &f)
	}
	if err != nil {
		return f, fmt.Errorf("read %s: %w", path, err)
	}
	return f, nil
}

// seatsOpen reports whether an earlier demo's exam still goes on.
func (s *server) seatsOpen(f demoFile) bool {
	if len(f.Seats) == 0 {
		return false
	}
	open := false
	err := s.engine.ViewSeat(f.Seats[0].ID, func(st *proctor.State, _ *proctor.Seat) {
		open = time.Until(st.Exam.Closes) > time.Hour
	})
	return err == nil && open
}

// freshen issues new machine tokens and writes the file whole or not at all.
func (s *server) freshen(path string, f *demoFile) error {
	tokens := web.NewTokens(s.secret, time.Now)
	for i := range f.Seats {
		f.Seats[i].WHIPToken = tokens.Issue(f.Seats[i].ID, true, examLength)
	}
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return fmt.Errorf("write the demo: %w", err)
	}
	if err := writeDurable(path, append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("write the demo: %w", err)
	}
	return nil
}

// refuseRealStaff keeps a demo, whose passwords are known, out of a data
// directory that real people use.
func (s *server) refuseRealStaff(ctx context.Context) error {
	people, err := s.accounts.People(ctx)
	if err != nil {
		return fmt.Errorf("seed the demo: %w", err)
	}
	if len(people) > 0 {
		return fmt.Errorf("%s has real accounts: a demo's known passwords do not belong there; name another --data", s.cfg.Data)
	}
	return nil
}

func (s *server) hireDemoStaff(ctx context.Context) error {
	for _, u := range demoStaff() {
		_, err := s.accounts.Person(ctx, u.Login)
		if err == nil {
			continue
		}
		if proctor.KindOf(err) != proctor.NotFound {
			return fmt.Errorf("seed the demo: %w", err)
		}
		p := proctor.Person{Login: u.Login, Name: u.Name, Roles: []proctor.Role{u.Role}}
		if err := hire(ctx, s.accounts, s.authority, p, u.Password); err != nil {
			return fmt.Errorf("seed the demo: %w", err)
		}
	}
	return nil
}

// hire creates an account, with a signing key sealed under its password when
// the person signs acts.
func hire(ctx context.Context, accounts *journal.Accounts, a acts.Authority, p proctor.Person, password string) error {
	sealed, chain, err := newKey(a, p, password)
	if err != nil {
		return err
	}
	return accounts.Create(ctx, p, password, sealed, chain)
}

// enrolDemo gives the first seats the enrolment photo of the clips' examinee,
// where the clips have been made.
func (s *server) enrolDemo(ctx context.Context, f demoFile) error {
	photo, err := os.ReadFile(filepath.Join(filepath.Dir(s.cfg.Models), "clips", "enrolment.jpg"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("seed the demo: %w", err)
	}
	for i, seat := range f.Seats {
		if i == 3 {
			break
		}
		if err := s.evidence.Enrol(ctx, proctor.ActorDemo, seat.ID, photo); err != nil {
			return fmt.Errorf("seed the demo: %w", err)
		}
	}
	return nil
}
