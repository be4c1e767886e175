package acts

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"strings"

	"qyragy/proctor"
)

// person is whom a certificate names.
type person struct {
	Name  string
	Login proctor.Login
	Role  proctor.Role
}

// holder reads a certificate's subject; an attribute given twice counts as
// none.
func holder(c *x509.Certificate) person {
	get := func(oid fmt.Stringer) string {
		value, n := "", 0
		for _, a := range c.Subject.Names {
			if s, ok := a.Value.(string); ok && a.Type.String() == oid.String() {
				value, n = s, n+1
			}
		}
		if n != 1 {
			return ""
		}
		return value
	}
	return person{c.Subject.CommonName, proctor.Login(get(oidLogin())), proctor.Role(get(oidTitle()))}
}

func roleText(r proctor.Role) string {
	switch r {
	case proctor.RoleSpecialist:
		return "ТҚОО маманы"
	case proctor.RoleEngineer:
		return "ТҚОО инженер-программисі"
	case proctor.RoleHead:
		return "ТҚОО меңгерушісі"
	case proctor.RoleRegistrar:
		return "Офис-регистратор басшысы"
	default:
		return string(r)
	}
}

// appearance is what is seen in the signature's row: who, as what, how and
// when. It is a picture of the signature, not the signature. Verify draws it
// anew: a change here must leave the acts that are signed as they are.
func (f *file) appearance(r revision) []byte {
	name, when := r.name, almaty(r.at).Format("02.01.2006 15:04:05")+" (Алматы)"
	if r.method == proctor.MethodKey {
		name = holder(r.chain[0]).Name
	}
	lines := []string{known(printable(name)), known(roleText(r.role))}
	if r.method != proctor.MethodKey { // a key's row is as it always was
		lines[0] = short(lines[0])
	}
	switch r.method {
	case proctor.MethodNCALayer:
		lines = append(lines, "ЭЦҚ қойылды (NCALayer)", when)
	case proctor.MethodPaper:
		scan := strings.ToUpper(fmt.Sprintf("%x", r.scan[:4]))
		lines = append(lines, "Басып шығарылған нұсқаға қолмен қойылды",
			"Растаған: "+short(known(printable(holder(r.chain[0]).Name))), when+" · "+scan)
	default:
		print := strings.ToUpper(fmt.Sprintf("%x", sha256.Sum256(r.chain[0].Raw)))
		lines = append(lines, when, "SHA-256 "+print[:8]+" "+print[8:16])
	}
	return f.look(lines)
}

// short cuts a name that would be too small to read; the form beside the row
// has it in full.
func short(name string) string {
	if r := []rune(name); len(r) > 42 {
		return string(r[:40]) + "..."
	}
	return name
}

// look draws four or five lines in a frame.
func (f *file) look(lines []string) []byte {
	size, lead, top := 6.0, 5.9, 22.6
	if len(lines) > 4 {
		size, lead, top = 5.0, 4.8, 23.4
	}
	var b bytes.Buffer
	b.WriteString("q 0.1 0.25 0.55 RG 0.1 0.25 0.55 rg 0.6 w 0.5 3.5 119 25 re S\n")
	for i, l := range lines {
		fit := min(size, 112/(0.58*float64(len([]rune(l))+1))) // 0.58 em is a wide letter
		fmt.Fprintf(&b, "BT /F %.2f Tf 4 %.2f Td <%X> Tj ET\n", fit, top-float64(i)*lead, utf16be(l))
	}
	b.WriteString("Q")
	return stream(fmt.Sprintf(formDict+" /Resources << /Font << /F %d 0 R >> >>", f.font), b.Bytes())
}
