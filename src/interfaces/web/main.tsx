import { render } from 'preact'
import { App } from './app.tsx'
import './style/base.css'
import './style/shell.css'
import './style/search.css'
import './style/document.css'
import './style/collections.css'
import './style/jobs.css'
import './style/files.css'
import './style/evaluation.css'

render(<App />, document.getElementById('page') as HTMLElement)
