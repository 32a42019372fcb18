package pages

import (
	"github.com/labstack/echo/v4"

	"goodword/internal/billing"
	"goodword/internal/web"
)

// What one address may post in a minute, by feature (S24). A whole office may sit behind one address.
var (
	rateSubmit = web.Rate{PerMinute: 30, Burst: 30}
	rateAnswer = web.Rate{PerMinute: 30, Burst: 30}
	rateCode   = web.Rate{PerMinute: 10, Burst: 10}
	rateFresh  = web.Rate{PerMinute: 5, Burst: 5}
	rateStop   = web.Rate{PerMinute: 60, Burst: 60}
	rateDraw   = web.Rate{PerMinute: 600, Burst: 600}
	// rateLink is for one link or public code, from however many addresses.
	rateLink = web.Rate{PerMinute: 60, Burst: 60}
)

// Routes mounts every public page. GET and HEAD change nothing but visit counts.
func (p *Pages) Routes(e *echo.Echo) {
	e.GET("/assets/*", p.assets.Handler)
	e.GET("/logo.svg", p.logo)

	misses := p.limits.Misses("links", web.UnknownTokens)
	submit := p.limits.Limit("submit", rateSubmit)
	answer := p.limits.Limit("answer", rateAnswer)

	c := e.Group("/c/:token", misses)
	c.GET("", p.customer(p.hello))
	c.POST("/not-me", p.customer(p.notMe), submit)
	c.GET("/introduce", p.customer(p.introduce))
	c.POST("/introduce", p.customer(p.postIntroduce), submit)
	c.GET("/introductions/:id", p.customer(p.introduction))
	c.POST("/introductions/:id", p.customer(p.postIntroduction), submit)
	c.GET("/introductions/:id/done", p.customer(p.done))
	c.POST("/introductions/:id/done", p.customer(p.postDone), submit)
	c.GET("/introductions/:id/nudges", p.customer(p.nudges))
	c.POST("/introductions/:id/nudges", p.customer(p.postNudges), submit)
	c.GET("/testimonial", p.customer(p.testimonial))
	c.POST("/testimonial", p.customer(p.postTestimonial), submit)
	c.GET("/mine", p.customer(p.mine))
	c.GET("/rewards", p.customer(p.rewards))
	c.POST("/rewards", p.customer(p.postRewards), submit)
	c.GET("/bank", p.customer(p.bank))
	c.POST("/bank", p.customer(p.postBank), submit)
	c.GET("/data", p.customer(p.data))
	c.POST("/data", p.customer(p.postData), submit)
	c.GET("/later", p.customer(p.notNow))
	c.POST("/later", p.customer(p.postNotNow), submit)
	c.GET("/stop", p.customer(p.stop))
	c.POST("/stop", p.customer(p.postStop), submit)
	c.GET("/code", p.customer(p.code))
	c.POST("/code", p.customer(p.postCode), p.limits.Limit("code", rateCode))
	e.GET("/c/:token/fresh", p.fresh)
	e.POST("/c/:token/fresh", p.postFresh, p.limits.Limit("fresh", rateFresh))

	e.GET(billing.BackPath+":link", p.backFromBank, misses)

	i := e.Group("/i/:token", misses)
	i.GET("", p.warm)
	i.POST("", p.prospect(p.postAnswer), answer)
	i.GET("/yes", p.prospect(p.yes))
	i.POST("/yes", p.prospect(p.postAnswer), answer)
	i.GET("/later", p.prospect(p.later))
	i.POST("/later", p.prospect(p.postAnswer), answer)
	i.GET("/no", p.prospect(p.no))
	i.POST("/no", p.prospect(p.postAnswer), answer)
	i.GET("/other", p.prospect(p.other))
	i.POST("/other", p.prospect(p.postAnswer), answer)
	i.GET("/data", p.prospect(p.given))
	i.POST("/data", p.prospect(p.postAnswer), answer)
	i.GET("/card.png", p.prospect(p.prospectCard), p.limits.Limit("card", rateDraw))
	i.GET("/talk.ics", p.prospect(p.talk))
	i.GET("/later.ics", p.prospect(p.remindMe))

	for _, kind := range []string{"r", "q"} {
		g := e.Group("/"+kind+"/:code", misses)
		g.GET("", p.public(kind, p.door))
		g.GET("/card.png", p.public(kind, p.doorCard), p.limits.Limit("card", rateDraw))
		g.GET("/yes", p.public(kind, p.doorYes))
		g.POST("/yes", p.public(kind, p.postDoorYes), answer)
		g.GET("/later", p.public(kind, p.doorLater))
		g.POST("/later", p.public(kind, p.postDoorLater), answer)
		g.GET("/later.ics", p.public(kind, p.doorRemindMe))
		g.GET("/no", p.public(kind, p.doorNo))
	}
	e.GET("/qr/:kind/:file", p.qrImage, p.limits.Limit("qr", rateDraw))

	e.GET("/u/:token", p.unsubscribe, misses)
	e.POST("/u/:token", p.postUnsubscribe, misses, p.limits.Limit("stop", rateStop))

	if p.Captured != nil && p.Config.DevMail() {
		e.GET("/dev/mail", p.inbox, web.LoopbackOnly)
		e.GET("/dev/mail/:id", p.letter, web.LoopbackOnly)
		e.GET("/dev/mail/:id/html", p.letterHTML, web.LoopbackOnly)
		e.GET("/dev/samples", p.samples, web.LoopbackOnly)
		e.GET("/dev/samples/:lang/:kind", p.sample, web.LoopbackOnly)
		e.GET("/dev/samples/:lang/:kind/html", p.sampleHTML, web.LoopbackOnly)
	}
}
