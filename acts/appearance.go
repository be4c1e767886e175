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

// appearance is what is seen in the signature's row: who, as what, when, and
// the start of her certificate's SHA-256. It is a picture of the signature,
// not the signature.
func (f *file) appearance(leaf *x509.Certificate, o SignOptions) []byte {
	who := holder(leaf)
	print := strings.ToUpper(fmt.Sprintf("%x", sha256.Sum256(leaf.Raw)))
	lines := []string{
		known(printable(who.Name)),
		known(roleText(who.Role)),
		almaty(o.At).Format("02.01.2006 15:04:05") + " (Алматы)",
		"SHA-256 " + print[:8] + " " + print[8:16],
	}
	var b bytes.Buffer
	b.WriteString("q 0.1 0.25 0.55 RG 0.1 0.25 0.55 rg 0.6 w 0.5 3.5 119 25 re S\n")
	for i, l := range lines {
		size := min(6.0, 112/(0.58*float64(len([]rune(l))+1))) // 0.58 em is a wide letter
		fmt.Fprintf(&b, "BT /F %.2f Tf 4 %.2f Td <%X> Tj ET\n", size, 22.6-float64(i)*5.9, utf16be(l))
	}
	b.WriteString("Q")
	return stream(fmt.Sprintf(formDict+" /Resources << /Font << /F %d 0 R >> >>", f.font), b.Bytes())
}
