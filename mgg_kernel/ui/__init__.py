"""The dashboards and the pictures: models in traitlets, views in ipywidgets and Bokeh."""
