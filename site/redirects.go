package site

// movedData is what the template of a page shows that has gone elsewhere.
type movedData struct {
	frame
	To ref
}

// redirectPages keeps old addresses alive.
func (p *planner) redirectPages() {
	for _, r := range p.course.Redirects {
		var to ref
		if ch := p.course.Chapter(r.To); ch != nil {
			to = p.chapterRef(ch)
		} else {
			to = p.taskRef(p.course.Task(r.To))
		}
		data := movedData{p.bareFrame("moved", p.pageName(r.From), to.Text, ""), to}
		data.Canonical = p.url() + p.pageName(r.To)
		p.addFixed(data.Name, "moved", data)
	}
}
