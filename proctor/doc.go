// Package proctor is Qyragy's domain: exams, seats, examinees, what is
// observed of them, the incidents that follow, and the regulation's Appendix A
// act with its three signatures. It knows nothing of networks, pictures, SQL
// or PDF and imports only the standard library.
//
// Read it in this order:
//
//   - exam.go, person.go: who and what there is;
//   - observation.go, policy.go: what is seen, and how patiently;
//   - recording.go: what is kept of it, and for how long (retention.go);
//     backfill.go: what an examinee's own page recorded and sent afterwards;
//     account.go, settle.go: where every second of a seat's exam went;
//   - incident.go, act.go, officials.go: what a person makes of it;
//   - event.go, fact.go, state.go, apply.go: facts, and the State that is
//     their fold;
//   - watch.go: from many looks at a seat to one incident;
//   - decide.go, decide_act.go: what people may do, and the facts that follow;
//   - engine.go, room.go: one goroutine an exam, which makes facts durable
//     before anybody is told;
//   - error.go: why something is refused, for a person;
//   - journal/: facts on disk, and the staff's accounts.
//
// Two rules are held here and nowhere else. Detection never accuses: an act
// begins with a person's Confirm. And no score is annulled before three
// distinct officials have signed the same version of an act
// ((*State).signAct and (*ScoreAnnulled).apply).
package proctor
