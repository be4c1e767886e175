// Package proctor is Qyragy's domain: exams, seats, examinees, what is
// observed of them, the incidents that follow, and the regulation's Appendix A
// act with its three signatures. It knows nothing of networks, pictures, SQL
// or PDF and imports only the standard library.
//
// Read it in this order:
//
//   - exam.go, person.go: who and what there is;
//   - observation.go, policy.go: what is seen, and how patiently;
//   - incident.go, act.go: what a person makes of it;
//   - event.go, fact.go, state.go: facts, and the State that is their fold;
//   - watch.go: from many looks at a seat to one incident;
//   - decide.go: what people may do, and the facts that follow;
//   - engine.go, room.go: one goroutine an exam, which makes facts durable
//     before anybody is told.
//
// Two rules are held here and nowhere else. Detection never accuses: an act
// begins with a person's Confirm. And no score is annulled before three
// distinct officials have signed the same version of an act
// ((*State).signAct and (*ScoreAnnulled).apply).
package proctor
