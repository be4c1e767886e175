package web

import (
	"net/http"
	"slices"
	"time"

	"qyragy/proctor"
)

// Body limits, bytes.
const (
	noBody     int64 = 1 << 10
	jsonBody   int64 = 64 << 10
	pieceBody  int64 = 4 << 20 // what one PATCH of a backfill may bring
	photoBody  int64 = 4 << 20
	scanBody   int64 = 20 << 20
	verifyBody int64 = 16 << 20
)

// route is one row of the route table: everything that decides whether a
// request reaches its handler.
type route struct {
	method, path string
	// roles may use it; nil means anybody, with or without a session.
	roles []proctor.Role
	limit int64     // of the body, bytes
	rate  rateClass // whose bucket a request draws from
	serve endpoint
	about string // for the OpenAPI document; "" hides the route from it
}

// open reports whether no session is looked for at all.
func (rt route) open() bool { return rt.roles == nil && rt.rate == rateNone }

// timeouts bound reading the request and writing the answer. Without a body
// to read they are the same: net/http ends the request's context when the read
// deadline passes, even while the answer is being written.
func (rt route) timeouts() (read, write time.Duration) {
	read, write = 30*time.Second, 30*time.Second
	if rt.rate == rateMedia || rt.rate == rateExport {
		write = 10 * time.Minute
	}
	if rt.rate == rateBackfill || rt.limit == scanBody || rt.limit == excuseBody {
		read = 2 * time.Minute // a slow uplink; what came by then is kept
		write = read
	}
	if rt.limit == noBody {
		read = write
	}
	return read, write
}

// Who may do what; see docs/PROTOCOL.md.

// viewers may see evidence: recordings, stills, portraits and live video. The
// registrar and the administrator need none of it for their work.
func viewers() []proctor.Role {
	return append([]proctor.Role{proctor.RoleProctor}, proctor.SigningOrder()...)
}

func examinees() []proctor.Role { return []proctor.Role{proctor.RoleExaminee} }
func planners() []proctor.Role {
	return []proctor.Role{proctor.RoleSpecialist, proctor.RoleAdmin}
}
func judges() []proctor.Role {
	return []proctor.Role{proctor.RoleProctor, proctor.RoleSpecialist}
}

// watchers may change what is watched for.
func watchers() []proctor.Role {
	return []proctor.Role{proctor.RoleSpecialist, proctor.RoleHead}
}

// inspectors draw up Appendix B.
func inspectors() []proctor.Role  { return proctor.AppendixB.Order() }
func registrars() []proctor.Role  { return []proctor.Role{proctor.RoleRegistrar} }
func heads() []proctor.Role       { return []proctor.Role{proctor.RoleHead} }
func specialists() []proctor.Role { return []proctor.Role{proctor.RoleSpecialist} }

// keepers may search the register and take copies of it: those who sign acts.
// Who only proctors or administers needs the register for nothing.
func keepers() []proctor.Role { return append(proctor.SigningOrder(), proctor.RoleRegistrar) }

// archivists file the signed paper.
func archivists() []proctor.Role {
	return []proctor.Role{proctor.RoleSpecialist, proctor.RoleRegistrar}
}
func everyone() []proctor.Role { return append(proctor.StaffRoles(), proctor.RoleExaminee) }

const (
	get     = http.MethodGet
	post    = http.MethodPost
	options = http.MethodOptions
	head    = http.MethodHead
	put     = http.MethodPut
	patch   = http.MethodPatch
	del     = http.MethodDelete
)

// routes is the route table. Nothing else adds a route to the server.
func (s *Server) routes() []route {
	return slices.Concat(s.apiRoutes(), s.planRoutes(), s.registerRoutes(), s.deliveryRoutes(), s.streamRoutes(), s.openRoutes())
}

// apiRoutes are the rows of /api.
func (s *Server) apiRoutes() []route {
	staff, signers := proctor.StaffRoles(), append(proctor.SigningOrder(), proctor.RoleRegistrar)
	return []route{
		// Sessions
		{post, "/api/v1/login", nil, jsonBody, rateLogin, answer(s.login), "Sign in as staff"},
		{post, "/api/v1/examinee/login", nil, jsonBody, rateLogin, answer(s.loginExaminee), "Sign in with an examinee's link"},
		{post, "/api/v1/logout", nil, jsonBody, rateWrite, done(s.logout), "End the session"},
		{post, "/api/v1/verify", nil, verifyBody, rateVerify, plain("application/json", "application/pdf", s.postVerify), "Check an act's PDF; nothing of it is kept"},
		{get, "/api/v1/verify/{act}/{digest}", nil, noBody, rateVerify, answer(s.getStanding), "Where the act stands whose QR code says this digest"},
		{get, "/api/v1/me", everyone(), noBody, rateRead, answer(s.getMe), "Who is signed in"},

		// One's own account
		{get, "/api/v1/account", staff, noBody, rateRead, answer(s.getAccount), "One's own key and passkeys"},
		{post, "/api/v1/account/password", staff, jsonBody, rateStepUp, done(s.postPassword), "Change one's password; ends the other sessions"},
		{post, "/api/v1/account/key", staff, jsonBody, rateStepUp, answer(s.postKey), "Make a new signing key; the one before it is revoked"},
		{post, "/api/v1/account/passkeys/challenge", staff, jsonBody, rateWrite, answer(s.postPasskeyChallenge), "What a passkey is to agree to, to change one's passkeys"},
		{post, "/api/v1/account/passkeys/options", staff, jsonBody, rateStepUp, answer(s.postPasskeyOptions), "Begin to register a passkey (WebAuthn creation options)"},
		{post, "/api/v1/account/passkeys", staff, jsonBody, rateStepUp, answer(s.postPasskey), "Register the passkey that was made"},
		{post, "/api/v1/account/passkeys/remove", staff, jsonBody, rateStepUp, answer(s.postPasskeyRemoval), "Remove a passkey"},

		// The examinee's own seat
		{get, "/api/v1/seat", examinees(), noBody, rateRead, answer(s.getMySeat), "The examinee's own seat"},
		{post, "/api/v1/seat/consent", examinees(), jsonBody, rateWrite, answer(s.postConsent), "Accept the consent text"},
		{post, "/api/v1/seat/check", examinees(), jsonBody, rateWrite, answer(s.postCheck), "Report the device check"},
		{post, "/api/v1/seat/identify", examinees(), jsonBody, rateStepUp, answer(s.postIdentify), "Take and compare a still"},
		{post, "/api/v1/seat/report", examinees(), jsonBody, rateReport, done(s.postReport), "Report what happened to a device"},
		{post, "/api/v1/seat/notice", examinees(), jsonBody, rateWrite, done(s.postNotice), "The act over her seat was shown to her"},
		{post, "/api/v1/seat/appeal", examinees(), jsonBody, rateWrite, answer(s.postAppeal), "Appeal against the act over her seat"},
		{post, "/api/v1/seat/finish", examinees(), jsonBody, rateWrite, answer(s.postFinish), "End the exam"},

		// Exams and seats
		{get, "/api/v1/exams", staff, noBody, rateRead, answer(s.getExams), "All exams"},
		{post, "/api/v1/exams", planners(), jsonBody, rateWrite, answer(s.postExam), "Schedule an exam"},
		{post, "/api/v1/exams/{exam}/seats", planners(), jsonBody, rateWrite, answer(s.postSeat), "Assign a seat; the link is shown once"},
		{put, "/api/v1/seats/{seat}/photo", planners(), photoBody, rateMedia, plain("", "image/jpeg", s.putPhoto), "Store the enrolment photo"},
		{get, "/api/v1/staff", append(inspectors(), proctor.RoleAdmin), noBody, rateRead, answer(s.getStaff), "The staff, to name an act's officials"},
		{get, "/api/v1/exams/{exam}", staff, noBody, rateRead, answer(s.getExam), "An exam's dashboard"},
		{get, "/api/v1/exams/{exam}/policy", staff, noBody, rateRead, answer(s.getPolicy), "What an exam watches for, how patiently, and who changed it"},
		{put, "/api/v1/exams/{exam}/policy", watchers(), jsonBody, rateWrite, answer(s.putPolicy), "Change what an exam watches for, at once; what is left out is the default"},
		{put, "/api/v1/seats/{seat}/accommodation", watchers(), jsonBody, rateWrite, done(s.putAccommodation), "Change what an examinee is granted, at once"},
		{put, "/api/v1/seats/{seat}/scenery", judges(), jsonBody, rateWrite, done(s.putScenery), "Say where a mirror, a poster or a screen shows persons who are none"},
		{get, "/api/v1/seats/{seat}", staff, noBody, rateRead, answer(s.getSeat), "Everything about a seat, for review"},
		{post, "/api/v1/seats/{seat}/identity", judges(), jsonBody, rateWrite, done(s.postIdentity), "Decide who sits there"},
		{post, "/api/v1/seats/{seat}/messages", judges(), jsonBody, rateWrite, done(s.postMessage), "Write to the examinee"},

		// Incidents and evidence
		{post, "/api/v1/seats/{seat}/incidents", judges(), jsonBody, rateWrite, answer(s.postIncident), "Raise what no detector can see"},
		{post, "/api/v1/incidents/{incident}/confirm", judges(), jsonBody, rateWrite, answer(s.postConfirm), "Confirm a violation; drafts the act"},
		{post, "/api/v1/incidents/{incident}/dismiss", judges(), jsonBody, rateWrite, done(s.postDismiss), "Dismiss a candidate"},
		{get, "/api/v1/incidents/{incident}/still", viewers(), noBody, rateMedia, plain("image/jpeg", "", s.getStill), "The picture pinned as evidence"},
		{get, "/api/v1/seats/{seat}/identity/{which}", viewers(), noBody, rateMedia, plain("image/jpeg", "", s.getPortrait), "The live or enrolled portrait"},
		{get, "/api/v1/seats/{seat}/segments/{number}", viewers(), noBody, rateMedia, plain("video/webm", "", s.getSegment), "A recorded segment, or the live one"},
		{get, "/api/v1/seats/{seat}/backfills/{number}", viewers(), noBody, rateMedia, plain("video/webm", "", s.getBackfill), "A stretch that the client recorded and sent afterwards"},

		// Technical faults (Appendix B)
		{get, "/api/v1/exams/{exam}/faults", inspectors(), noBody, rateRead, answer(s.getFaults), "Fault candidates that began together"},
		{post, "/api/v1/exams/{exam}/inspections", inspectors(), jsonBody, rateWrite, answer(s.postInspection), "Inspect a technical fault; drafts the act"},
		{put, "/api/v1/acts/{act}/inspection", inspectors(), jsonBody, rateWrite, answer(s.putInspection), "Make a new version; drops the signatures"},

		// Acts
		{get, "/api/v1/acts", keepers(), noBody, rateRead, answer(s.getActs), "The register of acts, newest first"},
		{get, "/api/v1/acts/{act}", staff, noBody, rateRead, answer(s.getAct), "An act"},
		{get, "/api/v1/acts/{act}/pdf", staff, noBody, rateMedia, plain("application/pdf", "", s.getPDF), "An act's current document"},
		{put, "/api/v1/acts/{act}", specialists(), jsonBody, rateWrite, answer(s.putAct), "Make a new version; drops the signatures"},
		{post, "/api/v1/acts/{act}/challenge", signers, jsonBody, rateWrite, answer(s.postChallenge), "What a passkey is to agree to, to sign the document that was seen"},
		{post, "/api/v1/acts/{act}/sign", signers, jsonBody, rateStepUp, answer(s.postSign), "Sign the document that was seen"},
		{post, "/api/v1/acts/{act}/ncalayer", signers, jsonBody, rateWrite, answer(s.postNCALayer), "Begin to sign with the national PKI: what NCALayer is to sign"},
		{post, "/api/v1/acts/{act}/ncalayer/{session}", signers, jsonBody, rateWrite, answer(s.postNCALayerCMS), "Hand in the CMS that NCALayer made"},
		{post, "/api/v1/acts/{act}/refuse", signers, jsonBody, rateWrite, answer(s.postRefuse), "Refuse to sign"},
		{post, "/api/v1/acts/{act}/scans", signers, scanBody, rateWrite, plain("application/json", "application/octet-stream", s.postScan), "Bring in a scan of a print that was signed by hand"},
		{get, "/api/v1/acts/{act}/scans/{scan}", signers, noBody, rateMedia, plain("", "", s.getScan), "A scan, as it came in"},
		{post, "/api/v1/acts/{act}/scans/{scan}/refuse", signers, jsonBody, rateWrite, answer(s.postRefuseScan), "Refuse to attest a scan"},
		{post, "/api/v1/acts/{act}/attest", signers, jsonBody, rateStepUp, answer(s.postAttest), "Attest whose hand signatures a scan shows"},
		{post, "/api/v1/acts/{act}/close", heads(), jsonBody, rateWrite, answer(s.postClose), "Withdraw or supersede an act"},
		{post, "/api/v1/acts/{act}/appeal", registrars(), jsonBody, rateWrite, answer(s.postAppealDecision), "Decide an appeal; upheld, it supersedes the act"},
	}
}

// registerRoutes are the rows of the register's copies and of the paper.
func (s *Server) registerRoutes() []route {
	return []route{
		{get, "/api/v1/acts.csv", keepers(), noBody, rateExport, plain("text/csv", "", s.getActsCSV), "The register as a table, by the same query"},
		{get, "/api/v1/acts.xlsx", keepers(), noBody, rateExport, plain(xlsxType, "", s.getActsXLSX), "The same as an Excel file"},
		{get, "/api/v1/archive-list", keepers(), noBody, rateExport, plain("application/pdf", "", s.getArchiveList), "The archive list of a session, to print"},
		{get, "/api/v1/acts/{act}/bundle", keepers(), noBody, rateExport, plain("application/zip", "", s.getBundle), "An act's evidence bundle; ?whole=1 with the seats' whole recording"},
		{get, "/api/v1/acts/{act}/package", keepers(), noBody, rateExport, plain("application/zip", "", s.getPackage), "The signed package of an act, for the document-management system"},
		{post, "/api/v1/acts/{act}/prints", keepers(), jsonBody, rateWrite, answer(s.postPrint), "The document is printed, so many copies"},
		{post, "/api/v1/acts/{act}/file", archivists(), jsonBody, rateWrite, answer(s.postFile), "The signed paper lies in a case of the archive"},
		{post, "/api/v1/acts/{act}/unfile", archivists(), jsonBody, rateWrite, answer(s.postUnfile), "Take that back, and say why"},
	}
}

// streamRoutes are the rows of what does not end with an answer.
func (s *Server) streamRoutes() []route {
	whip, whep := plain("application/sdp", "", s.serveWHIP), plain("application/sdp", "", s.serveWHEP)
	backfill := plain("", "", s.serveBackfill)
	return []route{
		{get, "/api/v1/ws", everyone(), noBody, rateConnect, socket(s.serveSocket), "Events, live data and thumbnails (WebSocket)"},
		{options, "/whip/{seat}", nil, noBody, rateMedia, whip, "What may be sent here (RFC 9725 §4.1)"},
		{options, "/whip/{seat}/{session}", nil, noBody, rateMedia, whip, "What may be sent here"},
		{post, "/whip/{seat}", nil, jsonBody, rateMedia, whip, "Publish (RFC 9725)"},
		{patch, "/whip/{seat}/{session}", nil, jsonBody, rateMedia, whip, "Trickle candidates or restart ICE"},
		{del, "/whip/{seat}/{session}", nil, noBody, rateMedia, whip, "Stop publishing"},
		{get, "/backfill/{seat}", nil, noBody, rateBackfill, backfill, "What of a seat's time is missing"},
		{post, "/backfill/{seat}", nil, jsonBody, rateBackfill, backfill, "Announce a piece that the page recorded meanwhile"},
		{head, "/backfill/{seat}/{upload}", nil, noBody, rateBackfill, backfill, "How far an upload is (tus 1.0)"},
		{patch, "/backfill/{seat}/{upload}", nil, pieceBody, rateBackfill, backfill, "Go on with an upload (tus 1.0)"},
		{post, "/whep/{seat}", viewers(), jsonBody, rateMedia, whep, "Watch live"},
		{patch, "/whep/{seat}/{session}", viewers(), jsonBody, rateMedia, whep, "Trickle candidates or restart ICE"},
		{del, "/whep/{seat}/{session}", viewers(), noBody, rateMedia, whep, "Stop watching"},
	}
}

// openRoutes are the rows for anybody: operations and pages.
func (s *Server) openRoutes() []route {
	page := plain("text/html", "", s.getPage)
	return []route{
		{get, "/healthz", nil, noBody, rateNone, plain("text/plain", "", s.getHealth), "The process lives"},
		{get, "/readyz", nil, noBody, rateNone, plain("application/json", "", s.getReady), "Every part answers"},
		{get, "/metrics", nil, noBody, rateNone, plain("text/plain", "", s.cfg.Metrics.ServeHTTP), "Prometheus metrics"},
		{get, "/authority.crl", nil, noBody, rateRead, plain("application/pkix-crl", "", s.getRevocations), "Revoked certificates of the officials (RFC 5280)"},
		{get, "/checkpoint", nil, noBody, rateNone, plain("text/plain", "", s.getCheckpoint), "The journal's newest signed checkpoint (C2SP tlog-checkpoint)"},
		{get, "/journal/key", nil, noBody, rateNone, plain("text/plain", "", s.getJournalKey), "The public key of checkpoints"},
		{get, "/journal/proof", nil, noBody, rateRead, answer(s.getGrowth), "That the journal's first records are the beginning of a later tree (RFC 6962)"},
		{get, "/openapi.json", nil, noBody, rateNone, plain("application/json", "", s.getOpenAPI), "This document"},

		// Pages
		{get, "/messages/{file}", nil, noBody, rateNone, plain("application/json", "", s.getMessages), "Sentences of a language: kk.json, ru.json, en.json"},
		{get, "/assets/", nil, noBody, rateNone, plain("", "", s.getAsset), ""},
		{get, "/{$}", nil, noBody, rateNone, page, ""},
		{get, "/login", nil, noBody, rateNone, page, ""},
		{get, "/verify", nil, noBody, rateNone, page, ""},
		{get, "/verify/", nil, noBody, rateNone, page, ""},
		{get, "/account", nil, noBody, rateNone, page, ""},
		{get, "/exam", nil, noBody, rateNone, page, ""},
		{get, "/proctor", nil, noBody, rateNone, page, ""},
		{get, "/proctor/", nil, noBody, rateNone, page, ""},
		{get, "/review/", nil, noBody, rateNone, page, ""},
		{get, "/acts", nil, noBody, rateNone, page, ""},
		{get, "/acts/", nil, noBody, rateNone, page, ""},
		{get, "/faults/", nil, noBody, rateNone, page, ""},
	}
}
