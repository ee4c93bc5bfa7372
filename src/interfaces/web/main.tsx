import { render } from 'preact'

render(<p>Semdex</p>, document.getElementById('page') as HTMLElement)
