import { administration } from '../../api/calls.ts'
import type { TeamView } from '../../api/types.ts'
import { Button } from '../../form/button.tsx'
import { download } from '../../form/download.ts'
import { useAction } from '../../form/use-action.ts'
import { Icon } from '../../frame/icons.tsx'
import { News, useNews } from '../../frame/news.tsx'
import { type Filters, wantedBy } from './activity-filter.ts'
import { RefusedHelp } from './refused-help.tsx'
import { dayOf } from './time-zone.ts'

interface ExportActivityProps {
  readonly team: TeamView
  /** Those of what is shown. */
  readonly filters: Filters
}

/** Everything that the filters let through, also what is not shown yet. */
export function ExportActivity({ team, filters }: ExportActivityProps) {
  const [news, setNews] = useNews(null)
  const save = useAction(async () => {
    const content = await administration.exportActivity(team.id, wantedBy(filters))
    const name = `activity-${nameIn(team)}-${dayOf(new Date().toISOString())}.ndjson`
    download(content, name)
    setNews(`Saved as ${name}.`)
  })
  return (
    <>
      <div className="ways">
        <Button busy={save.busy} busyWords="Exporting…" onClick={() => void save.run()}>
          <Icon name="download" />
          <span>
            Export<span className="unseen"> these entries</span>
          </span>
        </Button>
      </div>
      <News text={news} />
      <RefusedHelp error={save.error} />
    </>
  )
}

/** The name of the team as a part of a file's name, or its id where nothing of the name is left. */
function nameIn({ id, name }: TeamView): string {
  const words = name
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
  return words.length === 0 ? id : words.join('-')
}
