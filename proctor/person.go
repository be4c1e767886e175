package proctor

import "slices"

// Role is what a person may do here. The regulation knows no proctor (its
// specialists act as such), so the role is assigned apart from signing power.
type Role string

// The roles. The three of Appendix A are Specialist, Engineer and Head.
const (
	RoleExaminee   Role = "examinee"
	RoleProctor    Role = "proctor"
	RoleSpecialist Role = "specialist" // ТҚОО маманы
	RoleEngineer   Role = "engineer"   // ТҚОО инженер-программисі
	RoleHead       Role = "head"       // ТҚОО меңгерушісі
	RoleRegistrar  Role = "registrar"  // Офис-регистратор басшысы
	RoleAdmin      Role = "admin"
)

// StaffRoles are all roles but the examinee's.
func StaffRoles() []Role {
	return []Role{RoleProctor, RoleSpecialist, RoleEngineer, RoleHead, RoleRegistrar, RoleAdmin}
}

// Person is a member of staff: a proctor, an official, a registrar.
type Person struct {
	Login Login  `json:"login"`
	Name  string `json:"name"` // Т.А.Ә. as printed on an act
	Roles []Role `json:"roles"`
	// Temporary: somebody else set her password, and she has not changed it
	// yet. Only a session says so.
	Temporary bool `json:"-"`
}

// Has reports whether p holds any of roles.
func (p Person) Has(roles ...Role) bool {
	return slices.ContainsFunc(p.Roles, func(r Role) bool { return slices.Contains(roles, r) })
}

// Actor is who did something, as the journal names them: a login, a seat's
// examinee ("seat:ID") or a part of the engine ("engine", "recorder", "demo").
type Actor string

// The engine's own actors.
const (
	ActorEngine   Actor = "engine"
	ActorRecorder Actor = "recorder"
	ActorDemo     Actor = "demo"
	ActorOutbox   Actor = "outbox"
)

// SeatActor is the examinee of a seat as an Actor.
func SeatActor(id SeatID) Actor { return Actor("seat:" + id) }

// PersonActor is a member of staff as an Actor.
func PersonActor(l Login) Actor { return Actor(l) }
