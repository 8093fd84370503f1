from typing import Annotated

from fastapi import Depends, FastAPI

from guard import needs

app = FastAPI()


@app.get("/orders")
async def orders(key: Annotated[dict, Depends(needs())]):
    return {"owner": key["ownerId"]}


@app.post("/orders", status_code=201, dependencies=[Depends(needs("orders:write"))])
async def create_order():
    return {}
